import type { ListenerIdentity } from './control-channel.ts'
import { type Membership, ShortLivedSet } from './short-lived.ts'

/** Ended exchanges that stay listed. Source: dashboard 3, `keepClosed`. */
const MAX_KEPT_ENDED = 1_000

export type ExchangeIdentity = {
  readonly namespace: string
  /** The entity's name; the path as asked when there is no such entity. */
  readonly hybridConnection: string
  readonly trackingId: string
  readonly label: string
  readonly remote: string
  readonly method: string
  /** Without secrets. */
  readonly target: string
  /** How long the listener may take, ms. */
  readonly waitMs: number
}

/** One HTTP request of a sender and what became of it: figures only, no header and no body. */
export class Exchange {
  /** Name within this server, `x_1`. */
  readonly id: string
  readonly identity: ExchangeIdentity
  readonly startedAtMs: number
  /** Rule of the sender's token; null before it is checked, and for anonymous senders. */
  rule: string | null = null
  listener: ListenerIdentity | null = null
  via: 'controlChannel' | 'rendezvous' | null = null
  status: number | null = null
  /** Why it failed: code and text. */
  code: string | null = null
  reason: string | null = null
  /** Bytes of the bodies, known at the end. */
  requestBytes: number | null = null
  responseBytes: number | null = null
  /** When it came so far, ms since the start. */
  pickedMs: number | null = null
  deliveredMs: number | null = null
  headMs: number | null = null
  endMs: number | null = null
  /** Grows with every change that others are to see. */
  revision = 0
  /** In the set of those under way, from the start. */
  membership: Membership<Exchange> | undefined
  readonly #startedAt = performance.now()

  constructor(id: string, identity: ExchangeIdentity, nowMs: number) {
    this.id = id
    this.identity = identity
    this.startedAtMs = nowMs
  }

  /** A listener was chosen; again when the one before had gone. */
  picked(listener: ListenerIdentity): void {
    this.listener = listener
    this.pickedMs = this.#elapsed()
  }

  /** The listener has the request whole, or the address to fetch it. */
  delivered(via: 'controlChannel' | 'rendezvous'): void {
    this.via = via
    this.deliveredMs = this.#elapsed()
  }

  /** The sender is answered with this status. */
  answered(status: number): void {
    this.status = status
    this.headMs = this.#elapsed()
  }

  failed(code: string | null, reason: string): void {
    this.code = code
    this.reason = reason
    this.revision++
  }

  ended(): void {
    this.endMs = this.#elapsed()
  }

  #elapsed(): number {
    this.revision++
    return performance.now() - this.#startedAt
  }
}

/** Every request of a sender: those under way, and the last that ended. One per server. */
export class ExchangeSet {
  readonly #live = new ShortLivedSet<Exchange>()
  readonly #ended: Exchange[] = []
  #count = 0

  begin(identity: ExchangeIdentity, nowMs: number): Exchange {
    const exchange = new Exchange(`x_${++this.#count}`, identity, nowMs)
    exchange.membership = this.#live.add(exchange)
    return exchange
  }

  /** Moves one that has ended to the kept ones. */
  retire(exchange: Exchange): void {
    if (!exchange.membership?.leave()) return
    exchange.ended()
    this.#ended.push(exchange)
    if (this.#ended.length >= 2 * MAX_KEPT_ENDED) this.#ended.splice(0, MAX_KEPT_ENDED)
  }

  /** Those under way, the newest first. */
  live(): readonly Exchange[] {
    return this.#live.newestFirst()
  }

  /** The last 1,000 that ended, the latest first. */
  ended(): readonly Exchange[] {
    return this.#ended.slice(-MAX_KEPT_ENDED).reverse()
  }
}
