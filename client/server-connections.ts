import type { Server } from 'node:http'
import type { SocketOrigin } from './memory-socket.ts'
import { ServerConnection } from './server-connection.ts'

/** A kept connection and whether it carried a request since it was last looked at. */
type Kept = { readonly connection: ServerConnection; isUsed: boolean }

/** A connection that carried nothing for so long is closed; it takes up to twice that, ms. */
const IDLE_MS = 5_000
const MAX_KEPT = 1_000

/** Connections in memory to one server: each sender's connection has its counterpart here. */
export class ServerConnections {
  readonly #server: Server
  readonly #kept = new Map<string, Kept>()
  #sweeper: NodeJS.Timeout | undefined

  constructor(server: Server) {
    this.#server = server
  }

  /** A free connection that looks as if it came from `origin`. */
  take(origin: SocketOrigin): ServerConnection {
    const key = `${origin.remoteAddress} ${origin.remotePort}`
    const kept = this.#kept.get(key)
    if (kept?.connection.isFree) {
      kept.isUsed = true
      return kept.connection
    }
    const isKept = kept ? kept.connection.isClosed : this.#kept.size < MAX_KEPT
    if (!isKept) {
      const single: ServerConnection = new ServerConnection(this.#server, origin, () =>
        single.close(),
      )
      return single
    }
    const connection = new ServerConnection(this.#server, origin, () => {})
    this.#kept.set(key, { connection, isUsed: true })
    if (!this.#sweeper) {
      this.#sweeper = setInterval(() => this.#sweep(), IDLE_MS)
      this.#sweeper.unref()
    }
    return connection
  }

  #sweep(): void {
    for (const [key, kept] of this.#kept) {
      const { connection } = kept
      if (connection.isFree && !kept.isUsed) connection.close()
      if (connection.isClosed) this.#kept.delete(key)
      kept.isUsed = false
    }
    if (this.#kept.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
