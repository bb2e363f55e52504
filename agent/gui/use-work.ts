import { useState } from 'preact/hooks'
import type { Announcer } from '../../console/ui/announcer.tsx'

/** What the toolbar starts: one thing at a time, its result said, its failure kept until the next. */
export function useWork(announcer: Announcer) {
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const start = (done: string, run: () => Promise<void>) => {
    setIsBusy(true)
    setFailure(null)
    run()
      .then(
        () => announcer.say(done),
        (error: Error) => setFailure(error),
      )
      .finally(() => setIsBusy(false))
  }
  return { isBusy, failure, start }
}
