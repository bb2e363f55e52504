import type { IncomingMessage, ServerResponse } from 'node:http'
import https, { type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { TlsContext } from '../tls/server-certificate.ts'

/** A request must be here within this, ms. */
const REQUEST_TIMEOUT_MS = 60_000
/** A connection may wait so long for its next request, ms: longer than the load balancers before it do. */
const KEEP_ALIVE_MS = 72_000

/** The app of a server that listens already, ready for requests. */
export type BuildApp = (server: Server) => Promise<FastifyInstance>

/**
 * A port over TLS whose app is built with its first request: no start waits for it, and many emulators are never asked
 * for anything there.
 */
export class ArmPort {
  readonly #server: Server
  readonly #build: BuildApp
  readonly #onFault: (error: unknown) => void
  #app: Promise<FastifyInstance> | undefined

  /** `onFault` hears why an app could not be built; its request gets 500, and the next one another try. */
  constructor(context: TlsContext, build: BuildApp, onFault: (error: unknown) => void) {
    this.#server = https.createServer({
      ...context,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    })
    this.#build = build
    this.#onFault = onFault
    this.#server.on('request', (request, response) => void this.#serve(request, response))
  }

  /** Answers the port. Rejects when the address is taken or not ours. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** For connections from now on. */
  renew(context: TlsContext): void {
    this.#server.setSecureContext(context)
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    const app = await this.#app?.catch(() => undefined)
    await app?.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let app: FastifyInstance
    try {
      app = await (this.#app ??= this.#build(this.#server))
    } catch (error) {
      this.#app = undefined
      this.#onFault(error)
      response.writeHead(500, { connection: 'close' }).end()
      return
    }
    app.routing(request, response)
  }
}
