import type { Feed } from './feed.ts'

/** Stops the live feed, and lets it go on. Source: dashboard 1, Keyboard. */
export function PauseButton({ feed }: { readonly feed: Feed }) {
  const isPaused = feed.waiting.value !== null
  return (
    <button
      type="button"
      aria-pressed={isPaused}
      aria-keyshortcuts="p"
      onClick={() => feed.setPaused(!isPaused)}
    >
      Pause <kbd aria-hidden="true">p</kbd>
    </button>
  )
}
