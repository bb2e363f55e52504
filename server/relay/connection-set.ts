import { Changes } from './changes.ts'
import type { Connection } from './connection.ts'
import { entityKey } from './listener-set.ts'
import { ShortLivedSet } from './short-lived.ts'
import type { SocketCounter } from './socket-counter.ts'

/** Ended connections that stay listed. Source: dashboard 3, `keepClosed`. */
export const MAX_KEPT_ENDED = 1_000
const SAMPLE_INTERVAL_MS = 1_000

export type BytesByDirection = { toListener: number; toSender: number }

/** Every sender's connection: the live ones, and the last that ended. One per server. */
export class ConnectionSet {
  /** Those that came, changed or ended; one that ends is noted last when it has left the live ones. */
  readonly changes = new Changes<Connection>()
  readonly #live = new ShortLivedSet<Connection>()
  /** The newest first; made anew when somebody asks after a change. Making it takes ms when there are thousands. */
  #listed: readonly Connection[] | undefined
  readonly #ended: Connection[] = []
  readonly #bytes = new Map<string, number>()
  readonly #directions = { toListener: 0, toSender: 0 }
  readonly #sockets: SocketCounter
  #drained: (() => void) | undefined
  #sampler: NodeJS.Timeout | undefined

  constructor(sockets: SocketCounter) {
    this.#sockets = sockets
  }

  add(connection: Connection): void {
    connection.membership = this.#live.add(connection)
    connection.changes = this.changes
    this.changes.note(connection)
    this.#listed = undefined
    this.#sockets.add(connection.identity.namespace, 1)
    this.#sampler ??= setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS).unref()
  }

  /** Moves a connection that has ended to the kept ones. */
  retire(connection: Connection): void {
    if (!connection.membership?.leave()) return
    this.#listed = undefined
    const { namespace, hybridConnection } = connection.identity
    this.#sockets.add(namespace, connection.splice ? -2 : -1)
    connection.release()
    this.addBytes(namespace, hybridConnection, {
      toListener: connection.bytesToListener,
      toSender: connection.bytesToSender,
    })
    this.#ended.push(connection)
    if (this.#ended.length >= 2 * MAX_KEPT_ENDED) this.#ended.splice(0, MAX_KEPT_ENDED)
    if (this.#live.size === 0) this.#drained?.()
  }

  /** Resolves when none is live, or after `ms`. */
  async drained(ms: number): Promise<void> {
    if (this.#live.size === 0 || ms === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#drained = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Counts the listener's socket of a pair that has just been joined. */
  opened(connection: Connection): void {
    this.#sockets.add(connection.identity.namespace, 1)
  }

  /** Counts payload that passed, also outside connections: bodies of HTTP requests. */
  addBytes(
    namespace: string,
    hybridConnection: string,
    { toListener, toSender }: BytesByDirection,
  ): void {
    const bytes = toListener + toSender
    if (bytes === 0) return
    this.#directions.toListener += toListener
    this.#directions.toSender += toSender
    const key = entityKey(namespace, hybridConnection)
    this.#bytes.set(key, (this.#bytes.get(key) ?? 0) + bytes)
  }

  get(id: string): Connection | undefined {
    return this.live().find(({ identity }) => identity.id === id)
  }

  /** Live ones, the newest first. */
  live(): readonly Connection[] {
    return (this.#listed ??= this.#live.newestFirst())
  }

  /** The last 1,000 that ended, the latest first. */
  ended(): readonly Connection[] {
    return this.#ended.slice(-MAX_KEPT_ENDED).reverse()
  }

  /** Live connections of one hybrid connection. */
  of(namespace: string, hybridConnection: string): readonly Connection[] {
    const key = entityKey(namespace, hybridConnection)
    return this.live().filter(
      ({ identity }) => entityKey(identity.namespace, identity.hybridConnection) === key,
    )
  }

  /** Payload bytes since start by `namespace/name` in lower case, live connections included. */
  bytesTransferred(): ReadonlyMap<string, number> {
    const totals = new Map(this.#bytes)
    for (const connection of this.live()) {
      const key = entityKey(connection.identity.namespace, connection.identity.hybridConnection)
      const bytes = connection.bytesToListener + connection.bytesToSender
      if (bytes > 0) totals.set(key, (totals.get(key) ?? 0) + bytes)
    }
    return totals
  }

  /** Payload bytes since start, each way, live connections included. */
  bytesByDirection(): BytesByDirection {
    let { toListener, toSender } = this.#directions
    for (const connection of this.live()) {
      toListener += connection.bytesToListener
      toSender += connection.bytesToSender
    }
    return { toListener, toSender }
  }

  /** Stops by itself when there is nothing: at a relay whose connections are short, each would start it anew. */
  #sample(): void {
    if (this.#live.size === 0) {
      clearInterval(this.#sampler)
      this.#sampler = undefined
    }
    for (const connection of this.live()) connection.sample()
  }
}
