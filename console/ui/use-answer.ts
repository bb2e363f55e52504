import { useCallback, useEffect, useState } from 'preact/hooks'

/** What a call answered last. The answer stays when a later call fails. */
export type Asked<Answer> = {
  readonly answer: Answer | undefined
  readonly failure: Error | null
  /** Asks once more. */
  readonly again: () => void
}

/**
 * Asks when the page is shown and whenever `key` changes; with `everyMs` also from time to time, as long as the page
 * is seen. For what the feed does not carry.
 */
export function useAnswer<Answer>(
  ask: () => Promise<Answer>,
  key: string,
  everyMs?: number,
): Asked<Answer> {
  const [answer, setAnswer] = useState<Answer | undefined>(undefined)
  const [failure, setFailure] = useState<Error | null>(null)
  const [round, setRound] = useState(0)
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const next = () => {
      if (isOver || everyMs === undefined) return
      timer = setTimeout(() => (document.hidden ? next() : run()), everyMs)
    }
    const run = () => {
      ask()
        .then(
          (given) => {
            if (isOver) return
            setAnswer(given)
            setFailure(null)
          },
          (error: Error) => {
            if (!isOver) setFailure(error)
          },
        )
        .finally(next)
    }
    run()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [key, everyMs, round])
  const again = useCallback(() => setRound((count) => count + 1), [])
  return { answer, failure, again }
}
