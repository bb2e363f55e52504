import type { FastifyReply } from 'fastify'
import { rendezvousAddress } from '../../protocol/addresses.ts'
import { encodeAccept } from '../../protocol/control-message.ts'
import { RelayError } from '../../protocol/errors.ts'
import { headerList } from '../../protocol/headers.ts'
import { MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { filterQuery } from '../../protocol/query-filter.ts'
import { authorize } from '../auth/authorize.ts'
import { readCredential, withoutCredentials } from '../auth/token-source.ts'
import { answer } from './answer.ts'
import { Connection } from './connection.ts'
import type { ControlChannel } from './control-channel.ts'
import { checkHandshake, chosenProtocol, switchingProtocols } from './handshake.ts'
import { readListenerFilter } from './listener-choice.ts'
import { peerLabel, remoteEndpoint } from './peer.ts'
import {
  type RelayCall,
  type RelayDeps,
  type Rendezvous,
  enforceQuota,
  entityName,
  refusalOperation,
} from './relay-call.ts'
import type { Offer, OfferOutcome } from './rendezvous-registry.ts'
import { Splice } from './splice.ts'
import type { UpgradeBridge } from './upgrade-bridge.ts'
import { WaitingSender } from './waiting-sender.ts'

type Outcome = OfferOutcome<Rendezvous>

/** Senders' WebSockets: authorised, offered to a listener, joined with it. Source: relay-protocol 4. */
export class ConnectRoute {
  readonly #deps: RelayDeps
  readonly #bridge: UpgradeBridge
  #count = 0

  constructor(deps: RelayDeps, bridge: UpgradeBridge) {
    this.#deps = deps
    this.#bridge = bridge
  }

  /** Resolves once the sender is answered. Throws RelayError for a refusal by the relay. */
  async handle(call: RelayCall, reply: FastifyReply): Promise<void> {
    const { connections, now } = this.#deps
    const connection = new Connection(this.#identity(call), now())
    call.fact({
      type: 'senderConnecting',
      level: 'debug',
      operation: 'NewSenderRegistering',
      message: `${connection.identity.label} connects`,
    })
    connections.add(connection)
    try {
      const command = this.#admit(call, connection)
      await this.#meet(call, reply, connection, command)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      connection.enter(error.code === 'RELAY_ACCEPT_TIMEOUT' ? 'timedOut' : 'refused')
      connection.end = { by: 'relay', means: 'close', code: error.status, reason: error.message }
      reportRefusal(call, error)
      throw error
    } finally {
      if (!connection.splice) connections.retire(connection)
    }
  }

  #identity(call: RelayCall) {
    return {
      id: `c_${++this.#count}`,
      namespace: call.namespace.name,
      hybridConnection: entityName(call.hybridConnection, call.target),
      trackingId: call.trackingId,
      label: peerLabel(call.request),
      remote: call.remote,
    }
  }

  /** Checks everything that needs no listener; answers how the accept message is written for one. */
  #admit(call: RelayCall, connection: Connection): AcceptWriter {
    const { request, target, namespace, hybridConnection, hosts } = call
    const { verified, now, limits, sockets } = this.#deps
    checkHandshake(request)
    const credential = readCredential('webSocket', request.headers, target.query)
    const grant = authorize(
      { namespace, hosts, segments: target.segments, hybridConnection, claim: 'Send', verified },
      credential,
      now(),
    )
    if (!hybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
    connection.rule = grant?.rule ?? null
    const { connectionsPerNamespace } = limits()
    if (connectionsPerNamespace > 0 && sockets.of(namespace.name) > connectionsPerNamespace) {
      enforceQuota(call, this.#deps, 'RELAY_CONNECTION_QUOTA')
    }
    // An anonymous sender's `Authorization` was not looked at: it belongs to the listener (relay-protocol 2.4).
    const spent = grant === null ? ({ kind: 'none' } as const) : credential
    const connectHeaders = withoutCredentials(headerList(request.rawHeaders), spent)
    const query = filterQuery(target.query)
    return (channel, secret) => {
      const { scheme, host } = channel.identity
      const id = call.trackingId
      const address = rendezvousAddress({
        scheme,
        host,
        path: target.path,
        query,
        action: 'accept',
        id,
        secret,
      })
      const command = encodeAccept({
        address,
        id,
        connectHeaders,
        remoteEndpoint: remoteEndpoint(request),
      })
      if (Buffer.byteLength(command) > MAX_CONTROL_MESSAGE_BYTES) {
        throw new RelayError('RELAY_HEADERS_TOO_LARGE')
      }
      return command
    }
  }

  /** Waits for a listener and joins it with the sender, or answers what became of the sender instead. */
  async #meet(
    call: RelayCall,
    reply: FastifyReply,
    connection: Connection,
    accept: AcceptWriter,
  ): Promise<void> {
    let isGone = false
    const sender = new WaitingSender(this.#bridge.socketOf(call.request), () => {
      isGone = true
      connection.cancel?.({ kind: 'abandoned' })
    })
    const { acceptTimeoutMs } = this.#deps.limits()
    const timer = setTimeout(() => connection.cancel?.({ kind: 'timedOut' }), acceptTimeoutMs)
    let outcome: Outcome
    try {
      outcome = await this.#offer(call, connection, accept, () => isGone)
    } finally {
      clearTimeout(timer)
      connection.cancel = undefined
    }
    switch (outcome.kind) {
      case 'joined':
        return this.#join(call, reply, connection, sender, outcome.joined)
      case 'rejected': {
        const { status, description } = outcome
        connection.enter('rejected')
        connection.end = { by: 'listener', means: 'close', code: status, reason: description }
        call.fact({
          type: 'rejected',
          operation: 'ListenerRejectedConnection',
          message: `the listener rejected with ${status}`,
        })
        return answer(reply, { status, reason: description })
      }
      case 'abandoned':
        connection.enter('abandoned')
        connection.end = { by: 'sender', means: 'fin', code: null, reason: null }
        call.fact({ type: 'connectionClosed', message: 'the sender left before a listener came' })
        reply.hijack()
        return void reply.raw.destroy()
      case 'timedOut':
      case 'channelLost':
        throw new RelayError('RELAY_ACCEPT_TIMEOUT')
      case 'cancelled':
        throw this.#cancelled(connection)
    }
  }

  /** Why an offer was withdrawn: its entity was deleted, or the emulator ended it by hand or at its own end. */
  #cancelled({ identity }: Connection): RelayError {
    const { namespace, hybridConnection } = identity
    return this.#deps.store.hybridConnection(namespace, hybridConnection)
      ? new RelayError('RELAY_STOPPING', 'ServerBusy: The emulator ended the connection.')
      : new RelayError('RELAY_ENTITY_UNKNOWN')
  }

  /** Offers to one listener after the other, while the one that has it loses its channel. */
  async #offer(
    call: RelayCall,
    connection: Connection,
    accept: AcceptWriter,
    isGone: () => boolean,
  ): Promise<Outcome> {
    const { listeners, rendezvous } = this.#deps
    const { namespace, hybridConnection } = connection.identity
    const filter = readListenerFilter(call.request.headers)
    const tried = new Set<ControlChannel>()
    for (;;) {
      if (isGone()) return { kind: 'abandoned' }
      const channel = listeners.choose(namespace, hybridConnection, filter, tried)
      tried.add(channel)
      const offer: Offer<Rendezvous> = rendezvous.open()
      const stop = channel.onEnd(() => offer.settle({ kind: 'channelLost' }))
      connection.cancel = (outcome) => offer.settle(outcome)
      connection.listener = channel.identity
      try {
        if (!channel.send(accept(channel, offer.secret))) continue
        connection.enter('acceptSent')
        call.fact({
          type: 'acceptSent',
          level: 'debug',
          operation: 'MessageSentToListener',
          message: `offered to ${channel.identity.label}`,
        })
        const outcome = await offer.outcome
        if (outcome.kind === 'joined') channel.accepted++
        if (outcome.kind !== 'channelLost') return outcome
      } finally {
        stop()
        offer.settle({ kind: 'cancelled' })
      }
    }
  }

  #join(
    call: RelayCall,
    reply: FastifyReply,
    connection: Connection,
    sender: WaitingSender,
    { request, upgrade }: Rendezvous,
  ): void {
    const { connections } = this.#deps
    connection.enter('accepted')
    reply.hijack()
    const own = this.#bridge.take(call.request)
    sender.release(own.head)
    if (upgrade.head.length > 0) upgrade.socket.unshift(upgrade.head)
    const { trackingId } = call
    const protocol = chosenProtocol(request)
    const answerTo = (key: string) => switchingProtocols({ key, protocol, trackingId })
    upgrade.socket.write(answerTo(request.headers['sec-websocket-key'] ?? ''))
    own.socket.write(answerTo(call.request.headers['sec-websocket-key'] ?? ''))
    connection.enter('open')
    connections.opened(connection)
    call.fact({
      type: 'connectionOpened',
      operation: 'SenderListenerConnectionEstablished',
      message: `joined with ${connection.listener?.label ?? ''}`,
    })
    connection.splice = new Splice(own.socket, upgrade.socket, {
      unmask: this.#deps.unmask,
      halfCloseTimeoutMs: this.#deps.limits().halfCloseTimeoutMs,
      onClosing: (end) => {
        connection.end = end
        connection.enter('closing')
      },
      onClosed: () => {
        connection.enter('closed')
        connections.retire(connection)
        call.fact({
          type: 'connectionClosed',
          operation: 'SenderConnectionClosed',
          message: `closed by the ${connection.end?.by ?? 'relay'} (${connection.end?.means ?? 'reset'})`,
        })
      },
    })
  }
}

/** Writes the accept message for one channel. Throws RELAY_HEADERS_TOO_LARGE. */
type AcceptWriter = (channel: ControlChannel, secret: string) => string

function reportRefusal(call: RelayCall, error: RelayError): void {
  const isTimeout = error.code === 'RELAY_ACCEPT_TIMEOUT'
  call.fact({
    type: isTimeout ? 'acceptTimedOut' : 'senderRefused',
    level: 'warning',
    operation: isTimeout ? 'ListenerAcceptingConnectionTimeout' : refusalOperation(error),
    code: error.code,
    message: error.message,
  })
}
