import type { EventFeed, RelayEvent } from '../events.ts'
import type { LiveSource } from './live.ts'

/** What is sampled once a second. Source: dashboard 2.1. */
export const SERIES_NAMES = [
  'bytesToListener',
  'bytesToSender',
  'connects',
  'refusals',
  'open',
  'listeners',
] as const

export type SeriesName = (typeof SERIES_NAMES)[number]

/** Bytes, tunnels opened and requests answered, and refusals of one second; tunnels and listeners at its end. */
export type Sample = Readonly<Record<SeriesName, number>>

export const STEP_MS = 1_000
/** Five minutes. */
export const MAX_SAMPLES = 300
/** A tunnel opened or a request answered this long ago still counts as work (dashboard 1). */
const RECENT_MS = 60_000

const REFUSALS: ReadonlySet<RelayEvent['type']> = new Set([
  'senderRefused',
  'rejected',
  'acceptTimedOut',
  'requestFailed',
])

/** The last 300 samples. Pure. */
export class SampleRing {
  readonly #samples: Sample[] = []

  push(sample: Sample): void {
    this.#samples.push(sample)
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift()
  }

  get last(): Sample | undefined {
    return this.#samples.at(-1)
  }

  /** The last `count` values of one series, oldest first; fewer when there are not as many yet. */
  values(name: SeriesName, count: number): readonly number[] {
    return this.#samples.slice(-count).map((sample) => sample[name])
  }
}

/** What has happened at all since the start, for the list of first steps. */
export type Seen = { listener: boolean; tunnel: boolean; answer: boolean }

/** Counts facts and samples the relay once a second. One per server; `stop()` ends its timer. */
export class Series {
  readonly #live: Pick<LiveSource, 'bytesByDirection'>
  readonly #now: () => number
  readonly #ring = new SampleRing()
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  readonly #seen: Seen = { listener: false, tunnel: false, answer: false }
  #connects = 0
  #refusals = 0
  #open = 0
  #listeners = 0
  #bytes = { toListener: 0, toSender: 0 }
  #sampledAtMs: number
  #servedAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: {
    readonly events: EventFeed
    readonly live: Pick<LiveSource, 'bytesByDirection'>
    readonly now: () => number
  }) {
    this.#live = deps.live
    this.#now = deps.now
    this.#sampledAtMs = deps.now()
    this.#unsubscribe = deps.events.subscribe((event) => this.#count(event))
    this.#timer = setInterval(() => this.sample(), STEP_MS).unref()
  }

  /** Samples of the second that ended last; tests call it in place of the clock. */
  sample(): void {
    const nowMs = this.#now()
    const bytes = this.#live.bytesByDirection()
    const quiet = { bytesToListener: 0, bytesToSender: 0, connects: 0, refusals: 0 }
    const gauges = { open: this.#open, listeners: this.#listeners }
    // A process that was held up has missed some seconds.
    const missed = Math.round((nowMs - this.#sampledAtMs) / STEP_MS) - 1
    for (let each = 0; each < Math.min(missed, MAX_SAMPLES); each++) {
      this.#ring.push({ ...quiet, ...gauges })
    }
    this.#ring.push({
      bytesToListener: Math.max(0, bytes.toListener - this.#bytes.toListener),
      bytesToSender: Math.max(0, bytes.toSender - this.#bytes.toSender),
      connects: this.#connects,
      refusals: this.#refusals,
      ...gauges,
    })
    this.#bytes = bytes
    this.#connects = 0
    this.#refusals = 0
    this.#sampledAtMs = nowMs
  }

  /** The last `seconds` of the series `names`. */
  read(
    names: readonly SeriesName[],
    seconds: number,
  ): { readonly end: string; readonly series: Partial<Record<SeriesName, number[]>> } {
    return {
      end: new Date(this.#sampledAtMs).toISOString(),
      series: Object.fromEntries(
        names.map((name) => [name, [...this.#ring.values(name, seconds)]]),
      ),
    }
  }

  /** Tunnels opened and requests answered in the last second. */
  get connectsPerSecond(): number {
    return this.#ring.last?.connects ?? 0
  }

  get seen(): Readonly<Seen> {
    return this.#seen
  }

  /** True when a tunnel was opened or a request answered in the last 60 s. */
  hasServedLately(): boolean {
    return this.#now() - this.#servedAtMs < RECENT_MS
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#unsubscribe()
  }

  #count({ type, operation }: RelayEvent): void {
    if (REFUSALS.has(type)) this.#refusals++
    else if (type === 'listenerConnected') {
      this.#seen.listener = true
      this.#listeners++
    } else if (type === 'listenerDisconnected') {
      this.#listeners = Math.max(0, this.#listeners - 1)
    } else if (type === 'connectionOpened') {
      this.#seen.tunnel = true
      this.#open++
      this.#serve()
      // A streamed answer has this event at its beginning too.
    } else if (type === 'responseReceived' && operation !== 'ListenerReturningHttpResponse') {
      this.#seen.answer = true
      this.#serve()
    } else if (type === 'connectionClosed' && operation !== null) {
      // A sender that left before it was joined has this event too, but no operation.
      this.#open = Math.max(0, this.#open - 1)
    }
  }

  #serve(): void {
    this.#connects++
    this.#servedAtMs = this.#now()
  }
}
