import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RelayError } from '../../protocol/errors.ts'
import { headerList } from '../../protocol/headers.ts'
import { requestHeaders } from '../../protocol/http-message.ts'
import { filterQuery } from '../../protocol/query-filter.ts'
import { connectionId } from '../../protocol/tracking.ts'
import { withoutCredentials } from '../auth/token-source.ts'
import { hostOf } from '../namespace/host-names.ts'
import { type Reply, answer } from './answer.ts'
import type { Exchange } from './exchange-set.ts'
import { PLANNED_REASON } from './fault-gate.ts'
import { HttpDelivery } from './http-delivery.ts'
import type { HttpExchange } from './http-exchange.ts'
import { concludeExchange, reportGone, reportHead, reportRefusal } from './http-outcome.ts'
import { HttpResponder } from './http-responder.ts'
import { peerLabel } from './peer.ts'
import { redactTarget } from './redact-target.ts'
import {
  type RelayCall,
  type RelayDeps,
  enforceQuota,
  entityName,
  refusalStatus,
} from './relay-call.ts'
import { type RequestBody, collectBody, discardBody } from './request-body.ts'
import { type SenderGrant, authorizeSender } from './sender-admission.ts'

/** A connection that sends more requests ahead of their answers is cut: all of them lie in memory. */
const MAX_PIPELINED = 1_000

/** Requests of one sender's connection: the last one, those that have no answer, and who answers now. */
type Turns = {
  last: Promise<void>
  waiting: number
  responder: HttpResponder | undefined
  /** Takes the connection out of the namespace's count; once is enough. */
  readonly uncount: () => void
}

/** HTTP requests of senders: authorised, delivered to a listener, answered by it. Source: relay-protocol 5. */
export class HttpRoute {
  readonly #deps: RelayDeps
  readonly #delivery: HttpDelivery
  readonly #turns = new WeakMap<Socket, Turns>()

  constructor(deps: RelayDeps) {
    this.#deps = deps
    this.#delivery = new HttpDelivery(deps)
  }

  /** Resolves once the sender is answered. Throws RelayError for a refusal by the relay. */
  async handle(call: RelayCall, reply: Reply): Promise<void> {
    const { socket, method } = call.request
    call.fact({
      type: 'requestReceived',
      level: 'debug',
      operation: 'SenderSentHttpRequest',
      message: `${method} request`,
    })
    const turns = this.#turnsOf(socket, call.namespace.name)
    if (turns.waiting >= MAX_PIPELINED) return void socket.destroy()
    const record = this.#record(call)
    const serve = () => this.#serve(call, reply, turns, record)
    turns.waiting++
    turns.last = turns.waiting === 1 ? serve() : turns.last.then(serve, serve)
    try {
      await turns.last
    } catch (error) {
      if (error instanceof RelayError) {
        reportRefusal(call, error)
        record.answered(refusalStatus(error, this.#deps.limits()))
        record.failed(error.code, error.message)
      }
      throw error
    } finally {
      turns.waiting--
      this.#deps.exchanges.retire(record)
    }
  }

  /** A connection that asks for a WebSocket behind its requests is counted as one from now on. */
  handOver(socket: Socket): void {
    this.#turns.get(socket)?.uncount()
  }

  #record(call: RelayCall): Exchange {
    const { request, namespace, hybridConnection, target, trackingId, remote } = call
    const { exchanges, limits, now } = this.#deps
    return exchanges.begin(
      {
        namespace: namespace.name,
        hybridConnection: entityName(hybridConnection, target),
        trackingId,
        label: peerLabel(request),
        remote,
        method: request.method ?? 'GET',
        target: redactTarget(request.url ?? '/'),
        waitMs: limits().responseTimeoutMs,
      },
      now(),
    )
  }

  /** Pipelined requests of one connection are served one after the other: they share its rendezvous. */
  #turnsOf(socket: Socket, namespace: string): Turns {
    const known = this.#turns.get(socket)
    if (known) return known
    let isCounted = true
    const uncount = () => {
      if (isCounted) this.#deps.sockets.add(namespace, -1)
      isCounted = false
    }
    const turns: Turns = { last: Promise.resolve(), waiting: 0, responder: undefined, uncount }
    this.#turns.set(socket, turns)
    // A response that waits behind another one does not tell when its connection closes.
    socket.once('close', () => {
      uncount()
      turns.responder?.finish({ kind: 'gone' })
    })
    this.#deps.sockets.add(namespace, 1)
    return turns
  }

  async #serve(call: RelayCall, reply: Reply, turns: Turns, record: Exchange): Promise<void> {
    const { request } = call
    if (request.socket.destroyed) return record.failed(null, SENDER_LEFT)
    const { response } = reply
    const admission = await this.#admit(call, record)
    if (this.#refuseAsPlanned(call, reply, admission, record)) return
    if (awaitsContinue(request)) response.writeContinue()
    const body = await collectBody(request)
    if (request.socket.destroyed) {
      record.failed(null, SENDER_LEFT)
      return reportGone(call)
    }
    try {
      await this.#exchange(call, response, admission, body, turns, record)
    } catch (error) {
      if (this.#deps.http.isStopping) response.shouldKeepAlive = false
      throw error
    } finally {
      if (body.kind === 'streaming') discardBody(request, this.#deps.limits().responseTimeoutMs)
    }
  }

  /** Checks everything that needs neither body nor listener. */
  async #admit(call: RelayCall, record: Exchange): Promise<SenderGrant> {
    const grant = await authorizeSender(call, 'http', this.#deps)
    record.rule = grant.rule
    if (hasForeignCoding(call.request)) throw new RelayError('RELAY_TRANSFER_CODING_UNKNOWN')
    const { limits, sockets } = this.#deps
    const { connectionsPerNamespace } = limits()
    if (connectionsPerNamespace > 0 && sockets.of(call.namespace.name) > connectionsPerNamespace) {
      enforceQuota(call, this.#deps, 'RELAY_REQUEST_QUOTA')
    }
    return grant
  }

  /** True when the request has its answer by a planned fault. Throws RELAY_RESPONSE_TIMEOUT for a planned time-out. */
  #refuseAsPlanned(
    call: RelayCall,
    reply: Reply,
    { hybridConnection }: SenderGrant,
    record: Exchange,
  ): boolean {
    const refusal = this.#deps.faults.takeRefusal(call.namespace.name, hybridConnection.name)
    if (refusal?.kind === 'timedOut') throw new RelayError('RELAY_RESPONSE_TIMEOUT')
    if (!refusal) return false
    call.fact({
      type: 'requestFailed',
      message: `a planned fault answered with ${refusal.status}`,
    })
    answer(reply, { status: refusal.status, reason: PLANNED_REASON })
    record.answered(refusal.status)
    record.failed(null, PLANNED_REASON)
    return true
  }

  /** Delivers one request, and sees to it that the sender gets what becomes of it. */
  async #exchange(
    call: RelayCall,
    response: ServerResponse,
    { hybridConnection, spent }: SenderGrant,
    body: RequestBody,
    turns: Turns,
    record: Exchange,
  ): Promise<void> {
    const { request, namespace } = call
    const { responseTimeoutMs } = this.#deps.limits()
    const timer = setTimeout(() => {
      responder.finish({ kind: exchange.isReadingBody ? 'stalled' : 'timedOut' })
    }, responseTimeoutMs)
    // Node throws the list of a duration away with its last timer, unless that is one of these.
    timer.unref()
    const viaHost = hostOf(request.headers.host || (call.hosts[0] ?? namespace.name))
    const id = this.#freeId(call)
    let bodyBytes = 0
    const responder = new HttpResponder({
      response,
      method: request.method ?? 'GET',
      requestId: id,
      viaHost,
      idleMs: responseTimeoutMs,
      onHead: (isStreamed) => {
        clearTimeout(timer)
        record.answered(response.statusCode)
        if (isStreamed) reportHead(call, response.statusCode)
      },
      onDrain: () => exchange.rendezvous?.resume(),
    })
    turns.responder = responder
    const exchange: HttpExchange = {
      call,
      hybridConnection,
      query: filterQuery(call.target.query),
      headers: requestHeaders(withoutCredentials(headerList(request.rawHeaders), spent), viaHost),
      id,
      body,
      responder,
      record,
      onProgress: (bytes) => {
        bodyBytes += bytes
        if (!responder.isOver && !responder.hasHead) timer.refresh()
      },
      isReadingBody: false,
      rendezvous: undefined,
      movable: undefined,
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
      else if (outcome.kind === 'gone') record.failed(null, SENDER_LEFT)
      else if (outcome.kind === 'broken') record.failed(null, outcome.text)
      else if (outcome.kind === 'cancelled') {
        record.failed(outcome.code, new RelayError(outcome.code).message)
      }
      concludeExchange(exchange, response, outcome)
    } finally {
      turns.responder = undefined
      exchange.movable?.release()
      forget()
      clearTimeout(timer)
      responder.finish({ kind: 'gone' })
      record.requestBytes = bodyBytes
      record.responseBytes = responder.bodyBytes
      this.#deps.connections.addBytes(namespace.name, hybridConnection.name, {
        toListener: bodyBytes,
        toSender: responder.bodyBytes,
      })
    }
  }

  /** A sender's id may still belong to an earlier request of its own. */
  #freeId(call: RelayCall): string {
    let id = call.trackingId
    while (this.#deps.responses.has(id)) id = connectionId(undefined, randomUUID)
    return id
  }
}

const SENDER_LEFT = 'the sender left before it was answered'

/** HTTP/1.0 knows no interim answers. */
function awaitsContinue({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.expect?.toLowerCase() === '100-continue'
}

/** A coding below `chunked`: who gets the body without the header that names it cannot read it. */
function hasForeignCoding({ headers }: IncomingMessage): boolean {
  const codings = headers['transfer-encoding']
  return codings !== undefined && !/^[\s,]*chunked[\s,]*$/i.test(codings)
}
