import type { EventFeed, RelayEvent } from '../events.ts'

/** Resolves at the next event that matches, or when `signal` is aborted. */
export function waitForEvent(
  events: EventFeed,
  matches: (event: RelayEvent) => boolean,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      unsubscribe()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const unsubscribe = events.subscribe((event) => {
      if (matches(event)) done()
    })
    signal.addEventListener('abort', done)
  })
}
