import { type Signal, signal } from '@preact/signals'
import { connectWebSocket } from '../../../console/ui/connect.ts'
import { FeedClient, type FeedStatus } from '../../../console/ui/feed-client.ts'
import { FeedStore, type View } from '../../../console/ui/feed-store.ts'

/** The feed as pages use it: a signal for each topic they look at, and how the feed itself is doing. */
export type Feed = {
  readonly status: Signal<FeedStatus>
  /** The rows of a topic; the same signal for who asks again. */
  topic(name: string): Signal<View>
}

/** Connects to the server that the page came from. */
export function openFeed(): Feed {
  const status = signal<FeedStatus>({
    phase: 'connecting',
    lostAtMs: null,
    restartedAtMs: null,
    isNewBuild: false,
  })
  const views = new Map<number, Signal<View>>()
  const topics = new Map<string, Signal<View>>()
  const store = new FeedStore((changed) => {
    for (const sub of changed) {
      const view = views.get(sub)
      if (view) view.value = store.view(sub)
    }
    const { dataset } = document.documentElement
    dataset['commits'] = String(Number(dataset['commits'] ?? 0) + 1)
  })
  const client = new FeedClient({
    store,
    connect: connectWebSocket('/api/v1/feed'),
    token: () => null,
    onStatus: (next) => {
      status.value = next
    },
    now: Date.now,
    after(ms, work) {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    },
  })
  client.start()
  const setPace = () => client.pace(document.hidden ? HIDDEN_PACE_MS : PACE_MS)
  document.addEventListener('visibilitychange', setPace)
  status.subscribe(({ phase }) => {
    if (phase === 'live' && document.hidden) setPace()
  })
  return {
    status,
    topic(name) {
      const known = topics.get(name)
      if (known) return known
      const sub = client.subscribe(name)
      const view = signal(store.view(sub))
      views.set(sub, view)
      topics.set(name, view)
      return view
    },
  }
}

/** Source: dashboard 1, Weight and speed. */
const PACE_MS = 100
const HIDDEN_PACE_MS = 2_000
