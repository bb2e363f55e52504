import type { ListenerIdentity } from './control-channel.ts'
import type { ListenerFilter } from './listener-choice.ts'

/** One choice of a listener. */
export type PickRecord = {
  /** Counts the choices of this server from 1. */
  readonly n: number
  readonly atMs: number
  /** In the order that the choice was made from. */
  readonly candidates: readonly ListenerIdentity[]
  readonly chosen: ListenerIdentity
  /** What the sender's selection headers said. */
  readonly filter: ListenerFilter
  /** The connection or exchange that it was made for. */
  readonly subject: string | null
}

/** Choices kept for each hybrid connection. Source: dashboard 2.3. */
const MAX_KEPT = 100
/** Hybrid connections with kept choices; the one that is longest without goes first. */
const MAX_ENTITIES = 1_000

/** The last choices for each hybrid connection. One per server. */
export class PickLog {
  readonly #kept = new Map<string, PickRecord[]>()
  #count = 0

  /** `key` is that of the hybrid connection. */
  add(key: string, pick: Omit<PickRecord, 'n'>): void {
    const picks = this.#kept.get(key) ?? []
    picks.push({ n: ++this.#count, ...pick })
    if (picks.length >= 2 * MAX_KEPT) picks.splice(0, MAX_KEPT)
    if (this.#kept.has(key)) return
    this.#kept.set(key, picks)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_ENTITIES && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** The last 100, the latest first. */
  of(key: string): readonly PickRecord[] {
    return (this.#kept.get(key) ?? []).slice(-MAX_KEPT).reverse()
  }
}
