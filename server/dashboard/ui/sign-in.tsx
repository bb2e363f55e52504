import { useState } from 'preact/hooks'
import { Api } from '../../../console/ui/api.ts'
import { useAction } from '../../../console/ui/dialog.tsx'
import { Failure } from '../../../console/ui/failure.tsx'
import { logIn } from '../../../console/ui/login.ts'
import type { CodeAnswer } from '../contract.ts'

/** All that is seen of an emulator with an admin token by who has none. Source: dashboard 8, Bind. */
export function SignIn({ failure }: { readonly failure: Error | null }) {
  const [token, setToken] = useState('')
  const enter = useAction(
    async () => {
      // The token itself is not kept: it buys a session, as the link does.
      const { code } = await new Api(() => token).post<CodeAnswer>('/session/codes')
      await logIn(code)
    },
    () => location.reload(),
  )
  return (
    <main class="sign-in">
      <h1>relay-emulator</h1>
      <p>
        This emulator asks for its admin token. Open the link that <code>relay-emulator start</code>{' '}
        prints, or enter the token.
      </p>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          if (token !== '') enter.start()
        }}
      >
        <label class="field">
          Admin token
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <Failure failure={enter.failure ?? failure} />
        <p class="buttons">
          <button type="submit" class="primary" disabled={token === '' || enter.isBusy}>
            {enter.isBusy ? 'Working...' : 'Sign in'}
          </button>
        </p>
      </form>
    </main>
  )
}
