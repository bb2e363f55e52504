import { RelayError } from '../../protocol/errors.ts'
import type { ControlChannel } from './control-channel.ts'
import type { SocketCounter } from './socket-counter.ts'
import { type ListenerFilter, type Pick as PickIndex, passesFilter } from './listener-choice.ts'
import { PickLog, type PickRecord } from './pick-log.ts'

/** Key of a hybrid connection in maps: names are compared without case. */
export function entityKey(namespace: string, hybridConnection: string): string {
  return `${namespace}/${hybridConnection}`.toLowerCase()
}

/** How long ended listeners stay listed, ms. Source: dashboard 2.3. */
const KEPT_ENDED_MS = 10 * 60 * 1000
const MAX_KEPT_ENDED = 1_000

/** What stays known of a listener that has ended; its socket does not. */
export type ListenerRecord = Pick<
  ControlChannel,
  | 'identity'
  | 'grant'
  | 'sinceMs'
  | 'lastPongAtMs'
  | 'pingMs'
  | 'offered'
  | 'accepted'
  | 'expected'
  | 'offers'
  | 'rejected'
  | 'timedOut'
  | 'renewals'
  | 'missedPongs'
  | 'end'
>

/** Who listens where, and which of them is offered the next connection. One per server. */
export class ListenerSet {
  readonly #live = new Map<string, Set<ControlChannel>>()
  readonly #ended: ListenerRecord[] = []
  readonly #picks = new PickLog()
  readonly #pick: PickIndex
  readonly #sockets: SocketCounter
  readonly #now: () => number

  constructor(pick: PickIndex, sockets: SocketCounter, now: () => number) {
    this.#pick = pick
    this.#sockets = sockets
    this.#now = now
  }

  add(channel: ControlChannel): void {
    const { namespace, hybridConnection } = channel.identity
    const key = entityKey(namespace, hybridConnection)
    const channels = this.#live.get(key) ?? new Set()
    channels.add(channel)
    this.#live.set(key, channels)
    this.#sockets.add(namespace, 1)
    channel.onEnd(() => {
      channels.delete(channel)
      this.#sockets.add(namespace, -1)
      if (channels.size === 0 && this.#live.get(key) === channels) this.#live.delete(key)
      this.#ended.unshift(recordOf(channel))
      this.#ended.length = Math.min(this.#ended.length, MAX_KEPT_ENDED)
    })
  }

  /** Open channels of one hybrid connection; one that is closing has made room for the next. */
  of(namespace: string, hybridConnection: string): readonly ControlChannel[] {
    const channels = this.#live.get(entityKey(namespace, hybridConnection)) ?? []
    return [...channels].filter((channel) => channel.isOpen)
  }

  /** Live channels of all. */
  all(): readonly ControlChannel[] {
    return [...this.#live.values()].flatMap((channels) => [...channels])
  }

  /** Those that ended in the last ten minutes, the latest first. */
  ended(): readonly ListenerRecord[] {
    const oldest = this.#now() - KEPT_ENDED_MS
    return this.#ended.filter(({ end }) => (end?.atMs ?? 0) >= oldest)
  }

  /**
   * Chooses one for an offer, leaving out those `tried` before. Throws RELAY_NO_LISTENERS when there is none,
   * RELAY_LISTENERS_FILTERED when the selection headers leave none, and RELAY_ACCEPT_TIMEOUT when those that were
   * tried are all there was. `subject` is what the choice is made for.
   */
  choose(
    namespace: string,
    hybridConnection: string,
    filter: ListenerFilter,
    tried: ReadonlySet<ControlChannel>,
    subject: string | null = null,
  ): ControlChannel {
    const open = this.of(namespace, hybridConnection)
    const usable = open.filter((channel) => channel.isUsable)
    // Whoever had the offer and is gone did not accept it (relay-protocol 3.6).
    const isLost = tried.size > 0
    if (usable.length === 0)
      throw new RelayError(isLost ? 'RELAY_ACCEPT_TIMEOUT' : 'RELAY_NO_LISTENERS')
    const passing = usable.filter((channel) => passesFilter(filter, channel.identity.listenerId))
    if (passing.length === 0) {
      throw new RelayError(isLost ? 'RELAY_ACCEPT_TIMEOUT' : 'RELAY_LISTENERS_FILTERED')
    }
    const eligible = (filter.allowed ? newestById(passing) : passing).filter(
      (channel) => !tried.has(channel),
    )
    const chosen = eligible[this.#pick(eligible.length)]
    if (!chosen) throw new RelayError('RELAY_ACCEPT_TIMEOUT')
    for (const channel of open) channel.offers++
    for (const channel of eligible) channel.expected += 1 / eligible.length
    chosen.offered++
    this.#picks.add(entityKey(namespace, hybridConnection), {
      atMs: this.#now(),
      candidates: eligible.map(({ identity }) => identity),
      chosen: chosen.identity,
      filter,
      subject,
    })
    return chosen
  }

  /** The last 100 choices for one hybrid connection, the latest first. */
  picks(namespace: string, hybridConnection: string): readonly PickRecord[] {
    return this.#picks.of(entityKey(namespace, hybridConnection))
  }
}

/** Two channels may carry one id, the older being a dead socket: the newest counts. Source: relay-protocol 3.7. */
function newestById(channels: readonly ControlChannel[]): ControlChannel[] {
  return [...new Map(channels.map((channel) => [channel.identity.listenerId, channel])).values()]
}

function recordOf(channel: ControlChannel): ListenerRecord {
  const { identity, grant, sinceMs, lastPongAtMs, pingMs, end } = channel
  const { offered, accepted, expected, offers, rejected, timedOut, renewals, missedPongs } = channel
  return {
    identity,
    grant,
    sinceMs,
    lastPongAtMs,
    pingMs,
    offered,
    accepted,
    expected,
    offers,
    rejected,
    timedOut,
    renewals,
    missedPongs,
    end,
  }
}
