import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
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
import { HttpResponder, type ResponderOutcome } from './http-responder.ts'
import { type RelayCall, type RelayDeps, refusalOperation } from './relay-call.ts'
import { collectBody } from './request-body.ts'

/** HTTP requests of senders: authorised, delivered to a listener, answered by it. Source: relay-protocol 5. */
export class HttpRoute {
  readonly #deps: RelayDeps
  readonly #delivery: HttpDelivery
  readonly #turns = new WeakMap<Socket, Promise<void>>()

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
    // Pipelined requests of one connection are served one after the other: they share its rendezvous.
    const turn = (this.#turns.get(socket) ?? Promise.resolve()).then(() => this.#serve(call, reply))
    this.#turns.set(
      socket,
      turn.catch(() => {}),
    )
    try {
      await turn
    } catch (error) {
      if (error instanceof RelayError) reportFailure(call, error)
      throw error
    }
  }

  async #serve(call: RelayCall, reply: FastifyReply): Promise<void> {
    const { request } = call
    if (request.socket.destroyed) return
    const credential = readCredential('http', request.headers, call.target.query)
    const hybridConnection = this.#admit(call, credential)
    const response = reply.raw
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
    const body = await collectBody(request)
    const timer = setTimeout(() => {
      responder.finish({ kind: exchange.isUploaded ? 'timedOut' : 'stalled' })
    }, this.#deps.limits().responseTimeoutMs)
    const viaHost = hostOf(request.headers.host ?? call.hosts[0] ?? call.namespace.name)
    const id = this.#freeId(call)
    let bodyBytes = body.kind === 'whole' ? body.bytes.length : 0
    const responder = new HttpResponder({
      response,
      method: request.method ?? 'GET',
      requestId: id,
      viaHost,
      idleMs: this.#deps.limits().responseTimeoutMs,
      onHead: () => clearTimeout(timer),
      onDrain: () => exchange.rendezvous?.resume(),
    })
    const exchange: HttpExchange = {
      call,
      hybridConnection,
      headers: requestHeaders(
        withoutCredentials(headerList(request.rawHeaders), credential),
        viaHost,
      ),
      id,
      body,
      responder,
      onProgress: (bytes) => {
        if (body.kind === 'streaming') bodyBytes += bytes
        if (!responder.hasHead) timer.refresh()
      },
      isUploaded: body.kind !== 'streaming',
      rendezvous: undefined,
    }
    try {
      this.#conclude(exchange, response, await this.#delivery.deliver(exchange))
    } finally {
      clearTimeout(timer)
      responder.finish({ kind: 'gone' })
      this.#deps.connections.addBytes(
        call.namespace.name,
        hybridConnection.name,
        bodyBytes + responder.bodyBytes,
      )
    }
  }

  /** Checks everything that needs neither body nor listener. */
  #admit(call: RelayCall, credential: Credential): HybridConnection {
    const { target, namespace, hybridConnection, hosts } = call
    const { now, sockets, limits } = this.#deps
    authorize(
      { namespace, hosts, segments: target.segments, hybridConnection, claim: 'Send' },
      credential,
      now(),
    )
    if (!hybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
    const { connectionsPerNamespace } = limits()
    if (connectionsPerNamespace > 0 && sockets.of(namespace.name) >= connectionsPerNamespace) {
      throw new RelayError('RELAY_REQUEST_QUOTA')
    }
    return hybridConnection
  }

  /** A sender's id may still belong to an earlier request of its own. */
  #freeId(call: RelayCall): string {
    let id = call.trackingId
    while (this.#deps.responses.has(id)) id = connectionId(undefined, randomUUID)
    return id
  }

  /** Tells the world how it ended; the sender is answered here only when the listener did not. */
  #conclude(exchange: HttpExchange, response: ServerResponse, outcome: ResponderOutcome): void {
    const { call, rendezvous } = exchange
    switch (outcome.kind) {
      case 'ended':
        this.#delivery.release(exchange)
        return call.fact({
          type: 'responseReceived',
          operation: 'ListenerSentHttpResponse',
          message: `the listener answered with ${outcome.status}`,
        })
      case 'gone':
        rendezvous?.abandon(1001, 'The sender closed its connection.')
        return call.fact({
          type: 'requestFailed',
          operation: 'ListenerReturningHttpResponseFailed',
          message: 'the sender left before it was answered',
        })
      case 'broken':
        rendezvous?.abandon(1011, outcome.text)
        if (!response.headersSent) throw new RelayError('RELAY_LISTENER_FAILED')
        call.fact({
          type: 'requestFailed',
          level: 'warning',
          operation: 'ListenerReturningHttpResponseFailed',
          code: 'RELAY_LISTENER_FAILED',
          message: outcome.text,
        })
        return void response.destroy()
      case 'stalled':
        rendezvous?.abandon(1011, 'The request body stopped.')
        throw new RelayError('RELAY_REQUEST_BODY_TIMEOUT')
      case 'timedOut':
        rendezvous?.abandon(1011, 'The listener did not respond in time.')
        throw new RelayError('RELAY_RESPONSE_TIMEOUT')
    }
  }
}

function reportFailure(call: RelayCall, error: RelayError): void {
  const operation =
    error.code === 'RELAY_RESPONSE_TIMEOUT'
      ? 'ListenerAcceptingRequestTimeout'
      : error.status >= 500
        ? 'ProcessingRequestFailed'
        : refusalOperation(error)
  call.fact({
    type: error.status >= 500 ? 'requestFailed' : 'senderRefused',
    level: 'warning',
    operation,
    code: error.code,
    message: error.message,
  })
}
