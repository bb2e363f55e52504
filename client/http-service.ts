import { EventEmitter, once } from 'node:events'
import type { Server } from 'node:http'
import type { Dialled } from './dialer.ts'
import { RelayClientError } from './errors.ts'
import { HttpAnswer } from './http-answer.ts'
import { requestHead } from './request-head.ts'
import { RequestRendezvous, type WholeRequest } from './request-rendezvous.ts'
import type { ServerConnection } from './server-connection.ts'
import { ServerConnections } from './server-connections.ts'

export type HttpServiceDeps = {
  readonly server: Server
  /** Whether requests come over TLS, for `req.socket.encrypted`. */
  readonly isSecure: boolean
  /** How long a response is collected after its head before it is streamed, ms. */
  readonly flushDelayMs: number
  /** Writes a response to the control channel; false when there is none or it is gone. */
  readonly reply: (text: string, body?: Uint8Array) => boolean
  readonly dial: (address: string) => Promise<Dialled>
  readonly fault: (error: RelayClientError) => void
}

/**
 * Gives relayed requests to a node:http server through connections in memory, so that handlers get real requests and
 * responses. Source: relay-protocol 5.4 to 5.7.
 */
export class HttpService {
  readonly #deps: HttpServiceDeps
  readonly #connections: ServerConnections
  readonly #events = new EventEmitter<{ idle: [] }>()
  #active = 0

  constructor(deps: HttpServiceDeps) {
    this.#deps = deps
    this.#connections = new ServerConnections(deps.server)
  }

  /** Requests that are being answered. */
  get active(): number {
    return this.#active
  }

  /** Resolves when no request is being answered, or when the signal ends the wait. */
  async idle(signal: AbortSignal): Promise<void> {
    if (this.#active > 0) await once(this.#events, 'idle', { signal }).catch(() => {})
  }

  /** Answers a request that came whole over the control channel. */
  serve(request: WholeRequest, body: Buffer | undefined): void {
    this.#active++
    this.#ask(request, body ?? NO_BODY, body?.length, undefined)
  }

  /** Fetches a request from its rendezvous and answers it there. */
  async serveByAddress(address: string): Promise<void> {
    this.#active++
    try {
      const rendezvous = await this.#open(address)
      const request = await rendezvous.request
      this.#ask(request, NO_BODY, request.body ? Infinity : undefined, rendezvous)
    } catch (error) {
      this.#done(error)
    }
  }

  async #open(address: string): Promise<RequestRendezvous> {
    return new RequestRendezvous((await this.#deps.dial(address)).frames)
  }

  /** Writes the request to the server. `bodyBytes` is Infinity for a body that comes over the rendezvous. */
  #ask(
    request: WholeRequest,
    body: Buffer,
    bodyBytes: number | undefined,
    rendezvous: RequestRendezvous | undefined,
  ): void {
    const connection = this.#connections.take({
      remoteAddress: request.remoteEndpoint?.address,
      remotePort: request.remoteEndpoint?.port,
      encrypted: this.#deps.isSecure,
    })
    const answer = new HttpAnswer(request, connection, rendezvous, {
      flushDelayMs: this.#deps.flushDelayMs,
      reply: this.#deps.reply,
      open: () => this.#open(request.address),
      done: (error) => this.#done(error),
    })
    const head = requestHead(request, bodyBytes)
    if (head === undefined) return answer.refuse(400, 'The request is no HTTP/1.1.')
    const isWhole = bodyBytes !== Infinity
    try {
      const bytes = Buffer.from(head, 'latin1')
      const first = body.length === 0 ? bytes : Buffer.concat([bytes, body])
      connection.ask(request.method, first, isWhole, answer)
    } catch (error) {
      connection.destroy()
      answer.refuse(500, 'The request handler failed.')
      // What a handler throws is nobody's to catch, as with any server.
      process.nextTick(() => {
        throw error
      })
    }
    if (rendezvous && !isWhole) pumpBody(rendezvous, connection, answer)
  }

  #done(error?: unknown): void {
    this.#active--
    if (this.#active === 0) this.#events.emit('idle')
    if (error === undefined) return
    const isKnown = error instanceof RelayClientError
    const text = 'A request could not be answered.'
    this.#deps.fault(
      isKnown ? error : new RelayClientError('RELAY_PROTOCOL', text, { cause: error }),
    )
  }
}

const NO_BODY = Buffer.alloc(0)

/** Writes a body to the server as it comes, at the server's pace. */
function pumpBody(
  { body }: RequestRendezvous,
  connection: ServerConnection,
  answer: HttpAnswer,
): void {
  answer.onDrained(() => body.resume())
  body.on('data', (chunk: Buffer) => {
    if (!connection.sendBody(chunk)) body.pause()
  })
  body.once('end', () => connection.endBody())
  // Also behind its answer a handler that reads on must learn that nothing more comes.
  body.once('close', () => {
    if (!body.readableEnded) connection.destroy()
  })
}
