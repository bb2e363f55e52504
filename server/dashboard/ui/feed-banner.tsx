import type { Signal } from '@preact/signals'
import type { FeedStatus } from '../../../console/ui/feed-client.ts'
import { formatTime } from '../../../console/ui/format.ts'

/** Says that the feed is lost, or that the server is not the one the page began with. Source: dashboard 1, states. */
export function FeedBanner({ status }: { readonly status: Signal<FeedStatus> }) {
  const { phase, lostAtMs, restartedAtMs, isNewBuild } = status.value
  if (phase === 'refused') return <p class="banner">The admin token is missing or wrong.</p>
  if (lostAtMs !== null) {
    return (
      <p class="banner" role="status">
        Reconnecting, since {clock(lostAtMs)}
      </p>
    )
  }
  if (isNewBuild) return <p class="banner">Reload for the new version.</p>
  if (restartedAtMs !== null) {
    return <p class="banner">The emulator was restarted at {clock(restartedAtMs)}.</p>
  }
  return null
}

function clock(ms: number): string {
  return formatTime(new Date(ms).toISOString()).slice(0, 8)
}
