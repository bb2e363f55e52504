import { type Signal, signal } from '@preact/signals'

/** Says things to those who do not see the page. Source: dashboard 1, Accessibility. */
export type Announcer = {
  readonly polite: Signal<string>
  readonly urgent: Signal<string>
  /** The result of what the person did: said at once. */
  say(text: string): void
  /** An error: said assertively. */
  alarm(text: string): void
  /** What happened by itself; of many only the last one in 5 s is said. */
  sumUp(text: string): void
}

export function createAnnouncer(): Announcer {
  const polite = signal('')
  const urgent = signal('')
  let pending: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    polite,
    urgent,
    say(text) {
      polite.value = text
    },
    alarm(text) {
      urgent.value = text
    },
    sumUp(text) {
      pending = text
      timer ??= setTimeout(() => {
        timer = undefined
        if (pending !== undefined) polite.value = pending
        pending = undefined
      }, SUM_UP_MS)
    },
  }
}

const SUM_UP_MS = 5_000

export function Announcements({ announcer }: { readonly announcer: Announcer }) {
  return (
    <>
      <div class="unseen" aria-live="polite">
        {announcer.polite}
      </div>
      <div class="unseen" aria-live="assertive">
        {announcer.urgent}
      </div>
    </>
  )
}
