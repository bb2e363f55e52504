import { type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** The raw socket of an unanswered upgrade, and what its peer sent behind the request head. */
export type Upgrade = { readonly socket: Duplex; readonly head: Buffer }

/**
 * Leads WebSocket upgrades through the same routes as any request, before they are answered: hooks, waiting and
 * refusal are those of an ordinary route, which answers with a status or takes the socket.
 */
export class UpgradeBridge {
  readonly #pending = new WeakMap<IncomingMessage, Upgrade & { response: ServerResponse }>()
  readonly #routing: RequestListener

  constructor(routing: RequestListener) {
    this.#routing = routing
  }

  /** Hands every upgrade of `server` to the routes. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!isWebSocket(request)) return serveWithoutUpgrade(server, request, socket, head)
      socket.on('error', () => {})
      const response = new ServerResponse(request)
      response.shouldKeepAlive = false
      // The type asks for a net.Socket; a TLS socket is one, and this is all an HTTP server ever hands out.
      response.assignSocket(socket as TLSSocket)
      response.once('finish', () => (socket as TLSSocket).destroySoon())
      this.#pending.set(request, { socket, head, response })
      this.#routing(request, response)
    })
  }

  /** True when `request` is a WebSocket upgrade that nobody has answered. */
  isUpgrade(request: IncomingMessage): boolean {
    return this.#pending.has(request)
  }

  /** The socket to watch while the answer is not yet known. */
  socketOf(request: IncomingMessage): Duplex {
    return this.#find(request).socket
  }

  /** Takes the socket; from now on the caller writes every byte. FIN of the peer no longer ends it. */
  take(request: IncomingMessage): Upgrade {
    const { socket, head, response } = this.#find(request)
    this.#pending.delete(request)
    response.detachSocket(socket as TLSSocket)
    socket.allowHalfOpen = true
    return { socket, head }
  }

  #find(request: IncomingMessage): Upgrade & { response: ServerResponse } {
    const found = this.#pending.get(request)
    if (!found) throw new Error('the request is no unanswered upgrade')
    return found
  }
}

function isWebSocket(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'websocket'
}

/**
 * Serves a request that asked for some other protocol (curl's h2c) as if it had not: its head goes back into the
 * socket without the wish, and the server reads it again, body and all.
 */
function serveWithoutUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!
    const key = name.toLowerCase()
    if (key === 'upgrade' || key === 'http2-settings') continue
    const value = request.rawHeaders[i + 1]!
    lines.push(`${name}: ${key === 'connection' ? withoutUpgradeOption(value) : value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket)
}

function withoutUpgradeOption(connection: string): string {
  const options = connection.split(',').map((option) => option.trim())
  return options.filter((option) => !/^(upgrade|http2-settings)$/i.test(option)).join(', ')
}
