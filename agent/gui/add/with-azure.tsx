import { useEffect, useRef, useState } from 'preact/hooks'
import { resource } from '../../../console/ui/api.ts'
import { CopyButton } from '../../../console/ui/copy-button.tsx'
import { useAction } from '../../../console/ui/dialog.tsx'
import { Failure } from '../../../console/ui/failure.tsx'
import type { AddedRow, SignInRow } from '../../contract.ts'
import type { AddProps } from './add-dialog.tsx'
import { Choice } from './choice.tsx'
import { Outcome } from './outcome.tsx'

/** A person signs in to Azure, chooses, and is forgotten again. Source: dashboard 5, + New. */
export function WithAzure({ api, announcer, onClose }: AddProps) {
  const [signIn, setSignIn] = useState<SignInRow | null>(null)
  const [added, setAdded] = useState<readonly AddedRow[] | null>(null)
  const held = useRef<string | null>(null)
  useEffect(() => {
    // Whatever closes dialog or page ends the sign-in; what is lost on the way ends by itself in 10 minutes.
    const leave = () => {
      if (held.current !== null) void api.leave(resource('signIns', held.current))
      held.current = null
    }
    window.addEventListener('pagehide', leave)
    return () => {
      window.removeEventListener('pagehide', leave)
      leave()
    }
  }, [api])
  const begin = useAction(
    async () => {
      setAdded(null)
      const row = await api.post<SignInRow>('/signIns')
      held.current = row.id
      setSignIn(row)
    },
    () => undefined,
  )
  const isWaiting = signIn?.state === 'waiting'
  const id = signIn?.id ?? ''
  useEffect(() => {
    if (!isWaiting) return undefined
    const timer = setInterval(() => {
      api.get<SignInRow>(resource('signIns', id)).then(setSignIn, (error: Error) => {
        setSignIn((row) => row && { ...row, state: 'failed', error: error.message })
      })
    }, ASK_EVERY_MS)
    return () => clearInterval(timer)
  }, [api, isWaiting, id])
  const create = async (resourceIds: readonly string[]) => {
    const { items } = await api.post<{ items: readonly AddedRow[] }>('/connections', {
      resourceIds,
      signIn: id,
    })
    held.current = null
    setSignIn(null)
    setAdded(items)
    const failed = items.filter(({ error }) => error !== null).length
    announcer.say(`${items.length - failed} added, ${failed} refused`)
    if (failed === 0) onClose()
  }
  if (signIn?.state === 'signedIn') {
    return <Choice api={api} signIn={id} create={create} onClose={onClose} />
  }
  return (
    <>
      {added && <Outcome rows={added} />}
      {isWaiting && <Waiting signIn={signIn} />}
      {signIn?.state === 'failed' && (
        <p class="failure" role="alert">
          {signIn.error}
        </p>
      )}
      {!isWaiting && !added && (
        <p>
          Sign in to Azure to choose from the hybrid connections of a subscription. The sign-in is
          good for this dialog only: nothing of it is kept.
        </p>
      )}
      <Failure failure={begin.failure} />
      <p class="buttons">
        <button type="button" onClick={onClose}>
          {added ? 'Close' : 'Cancel'}
        </button>
        {!isWaiting && (
          <button type="button" class="primary" disabled={begin.isBusy} onClick={begin.start}>
            {begin.isBusy ? 'Working...' : 'Sign in'}
          </button>
        )}
      </p>
    </>
  )
}

const ASK_EVERY_MS = 1_000

function Waiting({ signIn }: { readonly signIn: SignInRow }) {
  const { userCode, verificationUri, message } = signIn
  return (
    <div class="card">
      <p class="device-code">
        <strong class="mono">{userCode}</strong> <CopyButton what="code" text={() => userCode} />
        {verificationUri.startsWith('https://') && (
          <a class="button" href={verificationUri} target="_blank" rel="noreferrer">
            Open sign-in page
          </a>
        )}
      </p>
      <p class="note">{verificationUri}</p>
      <p class="note">{message}</p>
      <p role="status">Waiting for the sign-in...</p>
    </div>
  )
}
