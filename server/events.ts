/** The facts of the relay, in the order they happened. Metrics, logs, the admin API and the dashboard are made from them. */

/** Source of the names: dashboard 2.7. */
export type RelayEventType =
  | 'listenerConnected'
  | 'listenerDisconnected'
  | 'listenerRefused'
  | 'listenerUnresponsive'
  | 'tokenRenewed'
  | 'tokenRefused'
  | 'senderConnecting'
  | 'senderRefused'
  | 'acceptSent'
  | 'accepted'
  | 'acceptTimedOut'
  | 'rejected'
  | 'connectionOpened'
  | 'connectionClosed'
  | 'requestReceived'
  | 'responseReceived'
  | 'requestFailed'
  | 'ipBlocked'
  | 'entityChanged'
  | 'keysListed'
  | 'keysRegenerated'
  | 'replayed'
  | 'captureChanged'
  | 'settingsChanged'
  | 'configReloaded'
  | 'configRefused'
  | 'looseAccepted'

export type EventLevel = 'debug' | 'info' | 'warning' | 'error'

/** One fact. No member ever holds a token, a key or a connection string. */
export type RelayFact = {
  readonly level: EventLevel
  readonly type: RelayEventType
  /** Name of the diagnostic log's operation (relay-protocol 8.3), null where it has none. */
  readonly operation: string | null
  readonly namespace: string | null
  readonly hybridConnection: string | null
  /** Remote address, or the part of the emulator that acted. */
  readonly who: string | null
  /** Stable code of a fault. */
  readonly code: string | null
  readonly message: string
  readonly trackingId: string | null
}

/** Whom facts of one call are about. */
export type EventSubject = Partial<
  Pick<RelayFact, 'namespace' | 'hybridConnection' | 'who' | 'trackingId'>
>

/** A fact with its place in the feed. `n` grows by one; `at` is ISO 8601 UTC with milliseconds. */
export type RelayEvent = RelayFact & { readonly n: number; readonly at: string }

const MAX_KEPT = 10_000
const NOBODY: EventSubject = {}

/** The feed: the last 10,000 facts and whoever listens. One per server. */
export class EventFeed {
  readonly #kept: RelayEvent[] = []
  readonly #listeners = new Set<(event: RelayEvent) => void>()
  readonly #now: () => number
  #last = 0
  #lastMs = Number.NaN
  #lastAt = ''
  #lastSecondMs = Number.NaN
  /** Everything before the milliseconds. */
  #lastSecond = ''

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Records a fact; members left out are those of `subject`, else null, the level `info`. */
  emit(
    fact: Partial<RelayFact> & Pick<RelayFact, 'type' | 'message'>,
    subject: EventSubject = NOBODY,
  ): void {
    const event: RelayEvent = {
      n: ++this.#last,
      at: this.#time(),
      level: fact.level ?? 'info',
      type: fact.type,
      operation: fact.operation ?? null,
      namespace: fact.namespace ?? subject.namespace ?? null,
      hybridConnection: fact.hybridConnection ?? subject.hybridConnection ?? null,
      who: fact.who ?? subject.who ?? null,
      code: fact.code ?? null,
      message: fact.message,
      trackingId: fact.trackingId ?? subject.trackingId ?? null,
    }
    this.#kept.push(event)
    if (this.#kept.length >= 2 * MAX_KEPT) this.#kept.splice(0, this.#kept.length - MAX_KEPT)
    for (const listener of this.#listeners) listener(event)
  }

  /** A busy relay has many facts in one millisecond; writing a time costs more than all the rest of a fact. */
  #time(): string {
    const nowMs = Math.floor(this.#now())
    if (nowMs === this.#lastMs) return this.#lastAt
    const ms = nowMs % 1_000
    if (nowMs - ms !== this.#lastSecondMs) {
      this.#lastSecondMs = nowMs - ms
      this.#lastSecond = new Date(nowMs - ms).toISOString().slice(0, -'000Z'.length)
    }
    this.#lastMs = nowMs
    this.#lastAt = `${this.#lastSecond}${String(ms).padStart(3, '0')}Z`
    return this.#lastAt
  }

  /** Kept events with a number above `after`, oldest first, at most `limit`. */
  since(after: number, limit = MAX_KEPT): readonly RelayEvent[] {
    const first = this.#kept[0]
    if (!first) return []
    const from = Math.max(after + 1 - first.n, this.#kept.length - MAX_KEPT, 0)
    return this.#kept.slice(from, from + limit)
  }

  /** Number of the last event; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** Calls `listener` for every later event, until the returned function is called. */
  subscribe(listener: (event: RelayEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
