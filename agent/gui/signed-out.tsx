import { Command } from '../../console/ui/command.tsx'
import { Failure } from '../../console/ui/failure.tsx'

/** All that somebody without a token sees. Source: dashboard 5, Authentication. */
export function SignedOut({ failure }: { readonly failure: Error | null }) {
  return (
    <main class="sign-in">
      <h1>Hybrid Connection Manager</h1>
      <Failure failure={failure} />
      <p>
        Run <Command text="hcm ui" />
      </p>
    </main>
  )
}
