import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Reply } from './answer.ts'

/** The raw socket of an unanswered upgrade, and what its peer sent behind the request head. */
export type Upgrade = { readonly socket: Duplex; readonly head: Buffer }

/** An upgrade that nobody has taken, and its response once one was asked for. */
type Pending = Upgrade & { response: ServerResponse | undefined }

/** Where a request has its upgrade: a WeakMap would cost each garbage collection a look at all of them. */
const PENDING = Symbol('upgrade')
type UpgradeRequest = IncomingMessage & { [PENDING]?: Pending | undefined }

/**
 * Leads WebSocket upgrades to the routes before they are answered: a route answers with a status, as to any request,
 * or takes the socket.
 */
export class UpgradeBridge {
  readonly #serve: (request: IncomingMessage) => void

  constructor(serve: (request: IncomingMessage) => void) {
    this.#serve = serve
  }

  /** Hands every upgrade of `server` to the routes. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!isWebSocket(request)) return serveWithoutUpgrade(server, request, socket, head)
      socket.on('error', ignore)
      ;(request as UpgradeRequest)[PENDING] = { socket, head, response: undefined }
      this.#serve(request)
    })
  }

  /** True when `request` is a WebSocket upgrade whose socket nobody has taken. */
  isUpgrade(request: UpgradeRequest): boolean {
    return request[PENDING] !== undefined
  }

  /** The socket to watch while the answer is not yet known. */
  socketOf(request: IncomingMessage): Duplex {
    return this.#find(request).socket
  }

  /** Takes the socket; from now on the caller writes every byte. FIN of the peer no longer ends it. */
  take(request: UpgradeRequest): Upgrade {
    const { socket, head } = this.#find(request)
    request[PENDING] = undefined
    socket.allowHalfOpen = true
    return { socket, head }
  }

  /** The same for who refuses: a response is made when it is asked for. */
  replyTo(request: IncomingMessage): Reply {
    return new UpgradeReply(this, request)
  }

  /** The response that refuses the upgrade and ends its connection. */
  responseTo(request: IncomingMessage): ServerResponse {
    const pending = this.#find(request)
    if (pending.response) return pending.response
    // The type asks for a net.Socket; a TLS socket is one, and this is all an HTTP server ever hands out.
    const socket = pending.socket as TLSSocket
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.destroySoon())
    pending.response = response
    return response
  }

  #find(request: UpgradeRequest): Pending {
    const found = request[PENDING]
    if (!found) throw new Error('the request is no unanswered upgrade')
    return found
  }
}

/** A class, since V8 keeps each object that is written with a getter of its own until a full garbage collection. */
class UpgradeReply implements Reply {
  readonly #bridge: UpgradeBridge
  readonly #request: IncomingMessage

  constructor(bridge: UpgradeBridge, request: IncomingMessage) {
    this.#bridge = bridge
    this.#request = request
  }

  get response(): ServerResponse {
    return this.#bridge.responseTo(this.#request)
  }
}

function ignore(): void {}

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
