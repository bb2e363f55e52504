import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { encodeRequestAddress } from '../../protocol/control-message.ts'
import { RelayError } from '../../protocol/errors.ts'
import type { ControlChannel, ListenerIdentity } from './control-channel.ts'
import { switchingProtocols } from './handshake.ts'
import {
  type HttpExchange,
  fitsControlChannel,
  requestAddress,
  requestCommand,
} from './http-exchange.ts'
import type { ResponderOutcome } from './http-responder.ts'
import { readListenerFilter } from './listener-choice.ts'
import { entityKey } from './listener-set.ts'
import { MovableBody } from './movable-body.ts'
import { type RelayDeps, type Rendezvous, reportSending } from './relay-call.ts'
import type { RendezvousPlace } from './rendezvous-place.ts'
import type { OfferOutcome } from './rendezvous-registry.ts'
import { pumpBody } from './request-body.ts'
import { RequestRendezvous } from './request-rendezvous.ts'

/** A rendezvous that stays with a sender's TCP connection, the entity it is for, and where it was dialled. */
type Bound = {
  readonly key: string
  readonly rendezvous: RequestRendezvous
  readonly place: RendezvousPlace
  readonly listener: ListenerIdentity
}

/** Brings requests to listeners: over a control channel, or over a rendezvous. One per server. */
export class HttpDelivery {
  readonly #deps: RelayDeps
  readonly #bound = new WeakMap<Socket, Bound>()

  constructor(deps: RelayDeps) {
    this.#deps = deps
  }

  /**
   * Gives a request to a listener and waits for what becomes of it. The rendezvous that a sender's connection
   * opened by a request takes its further requests; otherwise a listener is chosen. Throws RelayError when there is
   * none. Source: relay-protocol 5.4, 5.7.
   *
   * Differs from Azure: a rendezvous opened for a large response takes no further request and is closed behind it,
   * since hyco-https does not read requests there.
   */
  async deliver(exchange: HttpExchange): Promise<ResponderOutcome> {
    const bound = this.#bound.get(exchange.call.request.socket)
    const isBound = bound?.key === keyOf(exchange) && bound.rendezvous.isIdle
    if (isBound && (await this.#reuse(bound, exchange))) return exchange.responder.outcome
    return this.#offer(exchange)
  }

  /** Keeps the rendezvous of an answered request where it may serve further ones; else closes it. */
  release({ call, rendezvous }: HttpExchange): void {
    if (!rendezvous) return
    if (rendezvous.isMidRequest) rendezvous.close(1011, 'The request was not read to its end.')
    // The control channel was quicker where the rendezvous still waits for an answer.
    else if (
      !rendezvous.isIdle ||
      this.#bound.get(call.request.socket)?.rendezvous !== rendezvous
    ) {
      rendezvous.close(1000, 'Normal Closure')
    }
  }

  /** Writes the request on a rendezvous that served one before. False when the listener closed it meanwhile. */
  #reuse({ rendezvous, place, listener }: Bound, exchange: HttpExchange): Promise<boolean> {
    const { body, responder, record } = exchange
    if (body.kind === 'streaming') exchange.movable = new MovableBody(rendezvous)
    record.picked(listener)
    record.delivered('rendezvous')
    const address = requestAddress(exchange, place, randomBytes(16).toString('hex'))
    return new Promise((resolve) => {
      void responder.outcome.then(() => resolve(true))
      const onUnread = () => {
        exchange.rendezvous = undefined
        if (exchange.movable?.leave() === false) responder.failed('the rendezvous was closed')
        else resolve(false)
      }
      void this.#write(rendezvous, exchange, address, onUnread)
    })
  }

  /** Gives the request to one listener: whole over its control channel, or by an address that it dials. */
  async #offer(exchange: HttpExchange): Promise<ResponderOutcome> {
    const { call, hybridConnection, responder, record, id, body, onProgress } = exchange
    const { namespace } = call
    const { listeners, rendezvous, responses } = this.#deps
    const filter = readListenerFilter(call.request.headers)
    const offer = rendezvous.open(namespace.name)
    const tried = new Set<ControlChannel>()
    try {
      for (;;) {
        const channel = listeners.choose(
          namespace.name,
          hybridConnection.name,
          filter,
          tried,
          record.id,
        )
        tried.add(channel)
        record.picked(channel.identity)
        const place = this.#deps.rendezvousPlace(channel.identity)
        const address = requestAddress(exchange, place, offer.secret)
        const command = requestCommand(exchange, address)
        const isWhole = fitsControlChannel(exchange, command)
        if (isWhole) responses.add(id, channel, responder)
        reportSending(call, channel.identity.label, place.host)
        const isSent = isWhole
          ? channel.send(command, body.kind === 'whole' ? body.bytes : undefined)
          : channel.send(encodeRequestAddress(address))
        if (!isSent) continue
        record.delivered(isWhole ? 'controlChannel' : 'rendezvous')
        if (isWhole && body.kind === 'whole') onProgress(body.bytes.length)
        call.fact({
          type: 'acceptSent',
          level: 'debug',
          operation: 'MessageSentToListener',
          message: `request offered to ${channel.identity.label}${isWhole ? '' : ' as an address'}`,
        })
        offer.onOutcome((outcome) => {
          if (outcome.kind === 'rejected') channel.rejected++
          const opened = this.#openedBy(outcome, exchange)
          if (!opened) return
          if (isWhole) return this.#expect(opened, exchange)
          const listener = channel.identity
          const bound = { key: keyOf(exchange), rendezvous: opened, place, listener }
          this.#bound.set(call.request.socket, bound)
          void this.#write(opened, exchange, address)
        })
        const result = await responder.outcome
        if (responder.hasHead) channel.accepted++
        if (result.kind === 'timedOut') channel.timedOut++
        return result
      }
    } finally {
      responses.delete(id)
      offer.settle({ kind: 'cancelled' })
    }
  }

  /** Answers 101 to a listener that dialled, and ties its socket to the sender's connection. */
  #openedBy(
    outcome: OfferOutcome<Rendezvous>,
    { call, hybridConnection, responder }: HttpExchange,
  ): RequestRendezvous | undefined {
    if (outcome.kind === 'rejected') {
      responder.finish({ kind: 'cancelled', code: 'RELAY_REQUEST_REJECTED' })
    }
    if (outcome.kind !== 'joined') return undefined
    const { request, upgrade } = outcome.joined
    const sender = call.request.socket
    const key = request.headers['sec-websocket-key'] ?? ''
    const { trackingId } = call
    upgrade.socket.write(switchingProtocols({ key, protocol: undefined, trackingId }))
    if (upgrade.head.length > 0) upgrade.socket.unshift(upgrade.head)
    const onSenderClosed = () => rendezvous.close(1001, 'The sender closed its connection.')
    const rendezvous: RequestRendezvous = new RequestRendezvous(upgrade.socket, () => {
      sender.off('close', onSenderClosed)
      forget()
      this.#deps.sockets.add(call.namespace.name, -1)
      if (this.#bound.get(sender)?.rendezvous === rendezvous) this.#bound.delete(sender)
    })
    this.#deps.sockets.add(call.namespace.name, 1)
    const forget = this.#deps.http.addRendezvous({
      namespace: call.namespace.name,
      hybridConnection: hybridConnection.name,
      end: (code) => rendezvous.close(1001, new RelayError(code).message),
    })
    // The listener dialled while the answer was written elsewhere, or the sender left.
    if (responder.isOver) {
      rendezvous.close(1001, 'The request is over.')
      return undefined
    }
    sender.once('close', onSenderClosed)
    return rendezvous
  }

  #expect(rendezvous: RequestRendezvous, exchange: HttpExchange, onUnread?: () => void): void {
    exchange.rendezvous = rendezvous
    rendezvous.expect(exchange.responder, onUnread)
  }

  /** Writes the whole request on a rendezvous; a body that is being read already moves there. */
  async #write(
    rendezvous: RequestRendezvous,
    exchange: HttpExchange,
    address: string,
    onUnread?: () => void,
  ): Promise<void> {
    const { call, body, responder, movable, onProgress } = exchange
    this.#expect(rendezvous, exchange, onUnread)
    rendezvous.sendText(requestCommand(exchange, address))
    onProgress(0)
    if (body.kind === 'none') return
    // It left a rendezvous that was closed meanwhile, and is still being read.
    if (movable?.isWaiting) return movable.moveTo(rendezvous)
    await pumpBody({
      request: call.request,
      body,
      rendezvous: movable ?? rendezvous,
      isStopped: () => responder.isOver,
      onReading: (isReading) => {
        exchange.isReadingBody = isReading
      },
      onProgress,
    })
  }
}

function keyOf({ call, hybridConnection }: HttpExchange): string {
  return entityKey(call.namespace.name, hybridConnection.name)
}
