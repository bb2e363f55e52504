import { RelayError } from '../../protocol/errors.ts'
import { type Reply, answer } from './answer.ts'
import { Connection } from './connection.ts'
import type { ControlChannel } from './control-channel.ts'
import { PLANNED_REASON } from './fault-gate.ts'
import { chosenProtocol, switchingProtocols } from './handshake.ts'
import { readListenerFilter } from './listener-choice.ts'
import { longestFrame, peerLabel } from './peer.ts'
import {
  type RelayCall,
  type RelayDeps,
  type Rendezvous,
  entityName,
  refusalOperation,
  reportSending,
} from './relay-call.ts'
import type { Offer, OfferOutcome } from './rendezvous-registry.ts'
import { type AcceptWriter, admitSender } from './sender-admission.ts'
import { SocketReader } from './socket-reader.ts'
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
  async handle(call: RelayCall, reply: Reply): Promise<void> {
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
      const accept = await admitSender(call, connection, this.#deps)
      if (this.#refuseAsPlanned(call, reply, connection)) return
      await this.#meet(call, reply, connection, accept)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      connection.enter(error.code === 'RELAY_ACCEPT_TIMEOUT' ? 'timedOut' : 'refused')
      connection.end = { by: 'relay', means: 'close', code: error.status, reason: error.message }
      reportRefusal(call, error, connection.rendezvousHost)
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

  /** True when the sender has its answer by a planned fault. Throws RELAY_ACCEPT_TIMEOUT for a planned time-out. */
  #refuseAsPlanned(call: RelayCall, reply: Reply, connection: Connection): boolean {
    const { namespace, hybridConnection } = connection.identity
    const refusal = this.#deps.faults.takeRefusal(namespace, hybridConnection)
    if (refusal?.kind === 'timedOut') throw new RelayError('RELAY_ACCEPT_TIMEOUT')
    if (!refusal) return false
    const { status } = refusal
    connection.enter('rejected')
    connection.end = { by: 'relay', means: 'close', code: status, reason: PLANNED_REASON }
    call.fact({
      type: 'rejected',
      operation: 'ListenerRejectedConnection',
      message: `a planned fault rejected with ${status}`,
    })
    answer(reply, { status, reason: PLANNED_REASON })
    return true
  }

  /** Waits for a listener and joins it with the sender, or answers what became of the sender instead. */
  async #meet(
    call: RelayCall,
    reply: Reply,
    connection: Connection,
    accept: AcceptWriter,
  ): Promise<void> {
    // It may have left while its token was looked at.
    let isGone = call.request.socket.destroyed
    const socket = this.#bridge.socketOf(call.request)
    const sender = new WaitingSender(socket, this.#deps.memory, () => {
      isGone = true
      connection.cancel?.({ kind: 'abandoned' })
    })
    const { acceptTimeoutMs } = this.#deps.limits()
    const timer = setTimeout(() => connection.cancel?.({ kind: 'timedOut' }), acceptTimeoutMs)
    // Node throws the list of a duration away with its last timer, unless that is one of these.
    timer.unref()
    let outcome: Outcome
    try {
      outcome = await this.#offer(call, connection, accept, () => isGone)
    } finally {
      clearTimeout(timer)
      connection.cancel = undefined
    }
    switch (outcome.kind) {
      case 'joined':
        return this.#join(call, connection, sender, outcome.joined)
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
        return void this.#bridge.take(call.request).socket.destroy()
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
    const { id, namespace, hybridConnection } = connection.identity
    const filter = readListenerFilter(call.request.headers)
    const tried = new Set<ControlChannel>()
    for (;;) {
      if (isGone()) return { kind: 'abandoned' }
      const channel = listeners.choose(namespace, hybridConnection, filter, tried, id)
      tried.add(channel)
      const offer: Offer<Rendezvous> = rendezvous.open(namespace)
      const place = this.#deps.rendezvousPlace(channel.identity)
      const stop = channel.onEnd(() => offer.settle({ kind: 'channelLost' }))
      connection.cancel = (outcome) => offer.settle(outcome)
      connection.listener = channel.identity
      try {
        const command = accept(place, offer.secret)
        reportSending(call, channel.identity.label, place.host)
        if (!channel.send(command)) continue
        connection.rendezvousHost = place.host
        connection.enter('acceptSent')
        call.fact({
          type: 'acceptSent',
          level: 'debug',
          operation: 'MessageSentToListener',
          message: `offered to ${channel.identity.label} at ${place.host}`,
        })
        const outcome = await new Promise<Outcome>((resolve) => offer.onOutcome(resolve))
        if (outcome.kind === 'joined') channel.accepted++
        else if (outcome.kind === 'rejected') channel.rejected++
        else if (outcome.kind === 'timedOut') channel.timedOut++
        if (outcome.kind !== 'channelLost') return outcome
      } finally {
        stop()
        offer.settle({ kind: 'cancelled' })
      }
    }
  }

  #join(
    call: RelayCall,
    connection: Connection,
    sender: WaitingSender,
    { request, upgrade, remote }: Rendezvous,
  ): void {
    const { connections, events, memory } = this.#deps
    connection.enter('accepted')
    const own = this.#bridge.take(call.request)
    const senderReader = sender.release(own.head)
    if (upgrade.head.length > 0) upgrade.socket.unshift(upgrade.head)
    const { trackingId } = call
    const protocol = chosenProtocol(request)
    connection.subProtocol = protocol ?? null
    connection.listenerRemote = remote
    const answerTo = (key: string) => switchingProtocols({ key, protocol, trackingId })
    upgrade.socket.write(answerTo(request.headers['sec-websocket-key'] ?? ''), 'latin1')
    own.socket.write(answerTo(call.request.headers['sec-websocket-key'] ?? ''), 'latin1')
    connection.enter('open')
    connections.opened(connection)
    call.fact({
      type: 'connectionOpened',
      operation: 'SenderListenerConnectionEstablished',
      message: `joined with ${connection.listener?.label ?? ''}`,
    })
    // What lives as long as the tunnel keeps nothing of the request: thousands are open at once.
    const { subject } = call
    connection.splice = new Splice(senderReader, new SocketReader(upgrade.socket, memory), {
      memory,
      halfCloseTimeoutMs: this.#deps.limits().halfCloseTimeoutMs,
      longestFrames: { sender: longestFrame(call.request), listener: longestFrame(request) },
      onClose: (side, frame) => connection.closedBy(side, frame),
      onClosing: (end) => {
        connection.end = end
        connection.enter('closing')
      },
      onClosed: () => {
        connection.enter('closed')
        connections.retire(connection)
        events.emit(
          {
            type: 'connectionClosed',
            operation: 'SenderConnectionClosed',
            message: `closed by the ${connection.end?.by ?? 'relay'} (${connection.end?.means ?? 'reset'})`,
          },
          subject,
        )
      },
    })
  }
}

/** `rendezvousHost`: where a listener was awaited; null when none was offered anything. */
function reportRefusal(call: RelayCall, error: RelayError, rendezvousHost: string | null): void {
  const isTimeout = error.code === 'RELAY_ACCEPT_TIMEOUT'
  call.fact({
    type: isTimeout ? 'acceptTimedOut' : 'senderRefused',
    level: 'warning',
    operation: isTimeout ? 'ListenerAcceptingConnectionTimeout' : refusalOperation(error),
    code: error.code,
    message:
      isTimeout && rendezvousHost !== null
        ? `${error.message} It was awaited at ${rendezvousHost}`
        : error.message,
  })
}
