import { useEffect } from 'preact/hooks'
import { forgetSession } from '../../../console/ui/login.ts'
import { App } from './app.tsx'
import type { PageProps } from './page.ts'
import { SignIn } from './sign-in.tsx'

type DoorProps = PageProps & {
  /** Why the link that the page was opened with did not log in. */
  readonly failure: Error | null
}

/** The dashboard, or how to get in. */
export function Door({ failure, ...page }: DoorProps) {
  const isRefused = page.feed.status.value.phase === 'refused'
  useEffect(() => {
    if (isRefused) forgetSession()
  }, [isRefused])
  return isRefused ? <SignIn failure={failure} /> : <App {...page} />
}
