import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import type { HybridConnection } from '../../protocol/entity.ts'
import { RelayError } from '../../protocol/errors.ts'
import { headerList } from '../../protocol/headers.ts'
import { requestHeaders } from '../../protocol/http-message.ts'
import { connectionId } from '../../protocol/tracking.ts'
import { authorize } from '../auth/authorize.ts'
import { type Credential, readCredential, withoutCredentials } from '../auth/token-source.ts'
import { hostOf } from '../namespace/host-names.ts'
import { HttpDelivery } from './http-delivery.ts'
import type { HttpExchange } from './http-exchange.ts'
import { concludeExchange, reportGone, reportRefusal } from './http-outcome.ts'
import { HttpResponder } from './http-responder.ts'
import { type RelayCall, type RelayDeps, enforceQuota } from './relay-call.ts'
import { type RequestBody, collectBody, discardBody } from './request-body.ts'

/** A connection that sends more requests ahead of their answers is cut: all of them lie in memory. */
const MAX_PIPELINED = 1_000

/** Whom a request is for, and what of its headers was spent on getting in. */
type Admission = { readonly hybridConnection: HybridConnection; readonly spent: Credential }

/** HTTP requests of senders: authorised, delivered to a listener, answered by it. Source: relay-protocol 5. */
export class HttpRoute {
  readonly #deps: RelayDeps
  readonly #delivery: HttpDelivery
  readonly #turns = new WeakMap<Socket, { last: Promise<unknown>; waiting: number }>()

  constructor(deps: RelayDeps) {
    this.#deps = deps
    this.#delivery = new HttpDelivery(deps)
  }

  /** Resolves once the sender is answered. Throws RelayError for a refusal by the relay. */
  async handle(call: RelayCall, reply: FastifyReply): Promise<void> {
    const { socket, method } = call.request
    call.fact({
      type: 'requestReceived',
      level: 'debug',
      operation: 'SenderSentHttpRequest',
      message: `${method} request`,
    })
    const turns = this.#turnsOf(socket)
    if (turns.waiting >= MAX_PIPELINED) return void socket.destroy()
    turns.waiting++
    const turn = turns.last.then(() => this.#serve(call, reply.raw))
    turns.last = turn.catch(() => {}).finally(() => turns.waiting--)
    try {
      await turn
    } catch (error) {
      if (error instanceof RelayError) reportRefusal(call, error)
      throw error
    }
  }

  /** Pipelined requests of one connection are served one after the other: they share its rendezvous. */
  #turnsOf(socket: Socket): { last: Promise<unknown>; waiting: number } {
    const turns = this.#turns.get(socket) ?? { last: Promise.resolve(), waiting: 0 }
    this.#turns.set(socket, turns)
    return turns
  }

  async #serve(call: RelayCall, response: ServerResponse): Promise<void> {
    const { request } = call
    if (request.socket.destroyed) return
    const admission = this.#admit(call)
    if (awaitsContinue(request)) response.writeContinue()
    const body = await collectBody(request)
    if (request.socket.destroyed) return reportGone(call)
    try {
      await this.#exchange(call, response, admission, body)
    } catch (error) {
      if (this.#deps.http.isStopping) response.shouldKeepAlive = false
      throw error
    } finally {
      if (body.kind === 'streaming') discardBody(request, this.#deps.limits().responseTimeoutMs)
    }
  }

  /** Checks everything that needs neither body nor listener. */
  #admit(call: RelayCall): Admission {
    const { request, target, namespace, hybridConnection, hosts } = call
    const { now, sockets, limits, verified } = this.#deps
    const credential = readCredential('http', request.headers, target.query)
    const grant = authorize(
      { namespace, hosts, segments: target.segments, hybridConnection, claim: 'Send', verified },
      credential,
      now(),
    )
    if (!hybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
    const { connectionsPerNamespace } = limits()
    if (connectionsPerNamespace > 0 && sockets.of(namespace.name) >= connectionsPerNamespace) {
      enforceQuota(call, this.#deps, 'RELAY_REQUEST_QUOTA')
    }
    // An anonymous sender's `Authorization` was not looked at: it belongs to the listener (relay-protocol 2.4).
    return { hybridConnection, spent: grant === null ? { kind: 'none' } : credential }
  }

  /** Delivers one request, and sees to it that the sender gets what becomes of it. */
  async #exchange(
    call: RelayCall,
    response: ServerResponse,
    { hybridConnection, spent }: Admission,
    body: RequestBody,
  ): Promise<void> {
    const { request, namespace } = call
    const { responseTimeoutMs } = this.#deps.limits()
    const timer = setTimeout(() => {
      responder.finish({ kind: exchange.isReadingBody ? 'stalled' : 'timedOut' })
    }, responseTimeoutMs)
    const viaHost = hostOf(request.headers.host ?? call.hosts[0] ?? namespace.name)
    const id = this.#freeId(call)
    let bodyBytes = 0
    const responder = new HttpResponder({
      response,
      socket: request.socket,
      method: request.method ?? 'GET',
      requestId: id,
      viaHost,
      idleMs: responseTimeoutMs,
      onHead: () => clearTimeout(timer),
      onDrain: () => exchange.rendezvous?.resume(),
    })
    const exchange: HttpExchange = {
      call,
      hybridConnection,
      headers: requestHeaders(withoutCredentials(headerList(request.rawHeaders), spent), viaHost),
      id,
      body,
      responder,
      onProgress: (bytes) => {
        bodyBytes += bytes
        if (!responder.isOver && !responder.hasHead) timer.refresh()
      },
      isReadingBody: false,
      rendezvous: undefined,
    }
    let forget = () => {}
    try {
      forget = this.#deps.http.addRequest({
        namespace: namespace.name,
        hybridConnection: hybridConnection.name,
        end: (code) => responder.finish({ kind: 'cancelled', code }),
      })
      const outcome = await this.#delivery.deliver(exchange)
      if (outcome.kind === 'ended') this.#delivery.release(exchange)
      concludeExchange(exchange, response, outcome)
    } finally {
      forget()
      clearTimeout(timer)
      responder.finish({ kind: 'gone' })
      this.#deps.connections.addBytes(
        namespace.name,
        hybridConnection.name,
        bodyBytes + responder.bodyBytes,
      )
    }
  }

  /** A sender's id may still belong to an earlier request of its own. */
  #freeId(call: RelayCall): string {
    let id = call.trackingId
    while (this.#deps.responses.has(id)) id = connectionId(undefined, randomUUID)
    return id
  }
}

/** HTTP/1.0 knows no interim answers. */
function awaitsContinue({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.expect?.toLowerCase() === '100-continue'
}
