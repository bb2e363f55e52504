import { batch, type Signal, signal } from '@preact/signals'
import { connectWebSocket } from './connect.ts'
import { FeedClient, type FeedStatus } from './feed-client.ts'
import { FeedStore, type View } from './feed-store.ts'

/** The feed as pages use it: a signal for each topic they look at, and how the feed itself is doing. */
export type Feed = {
  readonly status: Signal<FeedStatus>
  /** Messages with changes that wait because the page stands still; null while it is live. */
  readonly waiting: Signal<number | null>
  /** The rows of a topic; the same signal for who asks again. `of` narrows a log. */
  topic(name: string, of?: string): Signal<View>
  /** Stands still, or goes on with all that has changed meanwhile. */
  setPaused(isPaused: boolean): void
}

/** Nothing can be changed while the feed does not tell what became of it. Source: dashboard 1, feed lost. */
export function isLost({ status }: Pick<Feed, 'status'>): boolean {
  return status.value.phase !== 'live'
}

/** Connects to the server that the page came from. */
export function openFeed(token: () => string | null): Feed {
  const status = signal<FeedStatus>({
    phase: 'connecting',
    lostAtMs: null,
    restartedAtMs: null,
    isNewBuild: false,
  })
  const waiting = signal<number | null>(null)
  const views = new Map<number, Signal<View>>()
  const topics = new Map<string, Signal<View>>()
  const show = (subs: Iterable<number>) => {
    batch(() => {
      for (const sub of subs) {
        const view = views.get(sub)
        if (view) view.value = store.view(sub)
      }
    })
    const { dataset } = document.documentElement
    dataset['commits'] = String(Number(dataset['commits'] ?? 0) + 1)
  }
  const changed = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let shownAtMs = Number.NEGATIVE_INFINITY
  // What comes in several messages is shown at once: the page changes ten times a second at most.
  const showSoon = () => {
    timer ??= setTimeout(
      () => {
        timer = undefined
        if (waiting.value !== null) return
        shownAtMs = performance.now()
        show(changed)
        changed.clear()
      },
      Math.max(0, shownAtMs + PACE_MS - performance.now()),
    )
  }
  const store = new FeedStore((subs) => {
    for (const sub of subs) changed.add(sub)
    if (waiting.value === null) showSoon()
    else waiting.value++
  })
  const client = new FeedClient({
    store,
    connect: connectWebSocket('/api/v1/feed'),
    token,
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
    waiting,
    topic(name, of) {
      const key = of === undefined ? name : `${name} ${of}`
      const known = topics.get(key)
      if (known) return known
      const sub = client.subscribe(name, of ?? null)
      const view = signal(store.view(sub))
      views.set(sub, view)
      topics.set(key, view)
      return view
    },
    setPaused(isPaused) {
      if (isPaused === (waiting.value !== null)) return
      waiting.value = isPaused ? 0 : null
      if (!isPaused) showSoon()
    },
  }
}

/** Source: dashboard 1, Weight and speed. */
const PACE_MS = 100
const HIDDEN_PACE_MS = 2_000
