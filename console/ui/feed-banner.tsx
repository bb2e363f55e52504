import type { Feed } from './feed.ts'
import { formatTime } from './format.ts'

/**
 * Says that the feed is lost or stands still, or that the server is not the one the page began with. `server` is what
 * people call it. Source: dashboard 1, states.
 */
export function FeedBanner({ feed, server }: { readonly feed: Feed; readonly server: string }) {
  const { phase, lostAtMs, restartedAtMs, isNewBuild } = feed.status.value
  const waiting = feed.waiting.value
  return (
    <div role="status">
      {phase === 'refused' && <p class="banner">The token is missing or wrong.</p>}
      {phase !== 'refused' && lostAtMs !== null && (
        <p class="banner">Reconnecting, since {clock(lostAtMs)}</p>
      )}
      {isNewBuild && (
        <p class="banner">
          Reload for the new version.{' '}
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
      {lostAtMs === null && restartedAtMs !== null && (
        <p class="banner">
          The {server} was restarted at {clock(restartedAtMs)}.{' '}
          <button type="button" onClick={() => dismissRestart(feed)}>
            Close
          </button>
        </p>
      )}
      {waiting !== null && (
        <p class="banner calm">
          Paused, {waiting} changes wait.{' '}
          <button type="button" onClick={() => feed.setPaused(false)}>
            Go on
          </button>
        </p>
      )}
    </div>
  )
}

function dismissRestart({ status }: Feed): void {
  status.value = { ...status.value, restartedAtMs: null }
}

function clock(ms: number): string {
  return formatTime(new Date(ms).toISOString()).slice(0, 8)
}
