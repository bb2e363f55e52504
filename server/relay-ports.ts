import http, { type Server } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { DEFAULT_CIPHERS } from 'node:tls'
import { settleSocketShapes } from '../console/socket-shapes.ts'
import { MAX_HEADER_BYTES } from '../protocol/limits.ts'
import { preferredCiphers } from '../protocol/tls-ciphers.ts'
import { ShortLivedSet } from './relay/short-lived.ts'
import type { TlsContext } from './tls/server-certificate.ts'

/** How often Node looks for requests that are late, ms; its own default is 30 s. */
const CHECK_INTERVAL_MS = 1_000
/** Idle time of a kept connection, ms. */
const KEEP_ALIVE_MS = 65_000
/** Silence after which the system asks whether a peer is still there, and the age at which it begins to, ms. */
const PROBE_AFTER_MS = 60_000

export type RelayPortsOptions = {
  readonly host: string
  readonly port: number
  /** Null closes the port in clear text. */
  readonly plainPort: number | null
  /** A connection must send its whole request head, and finish TLS, within this, ms. */
  readonly handshakeTimeoutMs: number
  readonly context: TlsContext
  /** Makes a server serve the relay. */
  readonly attach: (server: Server) => void
}

/** The relay's ports, accepting connections. */
export type RelayPorts = {
  readonly port: number
  readonly plainPort: number | null
  /** Presents another certificate to new connections. */
  useCertificate(context: TlsContext): void
  /** Takes no new connection and ends those that are idle. */
  stopAccepting(): void
  /** Resolves when every socket is closed, or after `ms`. */
  drained(ms: number): Promise<void>
  /** Ends everything at once. */
  close(): void
}

/** Opens the ports. Rejects when one is taken or the address is not ours; then none is open. */
export async function openRelayPorts(options: RelayPortsOptions): Promise<RelayPorts> {
  const { host, handshakeTimeoutMs, context, attach } = options
  settleSocketShapes()
  const common = serverOptions(handshakeTimeoutMs)
  const secure = https.createServer({
    ...common,
    ...secureOptions(context),
    // curl --http1.0 asks for nothing else; without a match OpenSSL refuses the handshake.
    ALPNProtocols: ['http/1.1', 'http/1.0'],
    handshakeTimeout: handshakeTimeoutMs,
  })
  const plain = options.plainPort === null ? undefined : http.createServer(common)
  const servers: Server[] = plain ? [secure, plain] : [secure]
  const sockets = new OpenSockets()
  for (const server of servers) {
    // Node drops, silently, what goes beyond 1,000 headers, tokens and lengths too. The head's size is the limit.
    server.maxHeadersCount = 0
    attach(server)
    sockets.watch(server)
  }
  const close = () => {
    for (const server of servers) server.close()
    sockets.destroy()
  }
  try {
    return {
      port: await listen(secure, host, options.port),
      plainPort: plain ? await listen(plain, host, options.plainPort ?? 0) : null,
      useCertificate: (next) => secure.setSecureContext(secureOptions(next)),
      stopAccepting() {
        for (const server of servers) {
          server.close()
          server.closeIdleConnections()
        }
      },
      drained: (ms) => sockets.drained(ms),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** TLS 1.2 or newer; sessions are resumed by Node's own tickets. */
function secureOptions(context: TlsContext): https.ServerOptions {
  return { ...context, minVersion: 'TLSv1.2', ciphers: preferredCiphers(DEFAULT_CIPHERS) }
}

/** Options of every HTTP server: what a peer may send and how long it may take. */
function serverOptions(handshakeTimeoutMs: number): http.ServerOptions {
  return {
    noDelay: true,
    insecureHTTPParser: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
}

/** Listens, and answers the port. Rejects when the address is taken or not ours. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

const SEEN = Symbol('seen')

/** Every open socket of some servers, hijacked ones included, so that all can be ended. */
class OpenSockets {
  readonly #sockets = new ShortLivedSet<Socket>()
  readonly #probed = new WeakSet<Socket>()
  #prober: NodeJS.Timeout | undefined

  watch(server: Server): void {
    server.on('connection', (socket: Socket & { [SEEN]?: true }) => {
      // A socket comes again when it asked for an upgrade that is none (upgrade-bridge.ts).
      if (socket[SEEN]) return
      socket[SEEN] = true
      const membership = this.#sockets.add(socket)
      socket.on('close', () => membership.leave())
      this.#prober ??= setInterval(() => this.#probe(), PROBE_AFTER_MS).unref()
    })
  }

  /** Has dead peers found out. Four calls of the system that only connections which last are worth. */
  #probe(): void {
    for (const socket of this.#sockets) {
      if (this.#probed.has(socket)) continue
      this.#probed.add(socket)
      socket.setKeepAlive(true, PROBE_AFTER_MS)
    }
    if (this.#sockets.size > 0) return
    clearInterval(this.#prober)
    this.#prober = undefined
  }

  get size(): number {
    return this.#sockets.size
  }

  /** Resolves when all are closed, or after `ms`. */
  async drained(ms: number): Promise<void> {
    const closed = Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    )
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    await Promise.race([closed, late])
    clearTimeout(timer)
  }

  destroy(): void {
    clearInterval(this.#prober)
    for (const socket of this.#sockets) socket.destroy()
  }
}
