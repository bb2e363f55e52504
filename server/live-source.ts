import type { ConnectionRow, DropMeans, ListenerRow, LiveSource } from './dashboard/contract.ts'
import type { Connection } from './relay/connection.ts'
import type { ConnectionSet } from './relay/connection-set.ts'
import type { ControlChannel } from './relay/control-channel.ts'
import type { ListenerRecord, ListenerSet } from './relay/listener-set.ts'

/** Shows the relay's listeners and connections to the admin port, which knows nothing of the relay. */
export function liveSource(listeners: ListenerSet, connections: ConnectionSet): LiveSource {
  return {
    listeners: () => [...listeners.all(), ...listeners.ended()].map(listenerRow),
    connections: () => [...connections.live(), ...connections.ended()].map(connectionRow),
    dropListener(id, means) {
      const channel = listeners.all().find(({ identity }) => identity.id === id)
      if (channel) dropChannel(channel, means)
      return channel !== undefined
    },
    closeConnection(id) {
      const connection = connections.get(id)
      if (connection) endConnection(connection, 1011, 'The connection was closed by the emulator.')
      return connection !== undefined
    },
    bytesTransferred: () => connections.bytesTransferred(),
  }
}

/** Ends a connection wherever it stands: an offer is withdrawn, a pair is closed on both sides. */
export function endConnection(connection: Connection, code: number, reason: string): void {
  connection.cancel?.({ kind: 'cancelled' })
  connection.splice?.close(code, reason)
}

/** Ends a control channel; its tunnels stay. */
export function dropChannel(channel: ControlChannel, means: DropMeans): void {
  switch (means) {
    case '1001':
      return channel.close(1001, 'The listener was dropped by the emulator.')
    case '1011':
      return channel.close(1011, 'InternalServerError: The listener was dropped by the emulator.')
    case 'cut':
      return channel.cut()
  }
}

function listenerRow(channel: ListenerRecord): ListenerRow {
  const { identity, grant, end } = channel
  return {
    id: identity.id,
    label: identity.label,
    trackingId: identity.trackingId,
    namespace: identity.namespace,
    hybridConnection: identity.hybridConnection,
    remote: identity.remote,
    userAgent: identity.userAgent,
    rule: grant.rule,
    since: iso(channel.sinceMs),
    tokenExpiresAt: iso(Math.min(grant.expiresAtMs, MAX_DATE_MS)),
    lastPongAt: channel.lastPongAtMs === null ? null : iso(channel.lastPongAtMs),
    pingMs: channel.pingMs,
    offered: channel.offered,
    accepted: channel.accepted,
    expected: channel.expected,
    ended: end && { at: iso(end.atMs), by: end.by, code: end.code, reason: end.reason },
  }
}

function connectionRow(connection: Connection): ConnectionRow {
  const { identity, end, listener } = connection
  return {
    id: identity.id,
    namespace: identity.namespace,
    hybridConnection: identity.hybridConnection,
    phase: connection.phase,
    trackingId: identity.trackingId,
    sender: { label: identity.label, remote: identity.remote, rule: connection.rule },
    listener: listener && { id: listener.id, label: listener.label },
    startedAt: iso(connection.startedAtMs),
    acceptSentMs: connection.enteredMs('acceptSent'),
    acceptedMs: connection.enteredMs('accepted'),
    openMs: connection.enteredMs('open'),
    closingMs: connection.enteredMs('closing'),
    endedMs: connection.endedMs,
    bytesToListener: connection.bytesToListener,
    bytesToSender: connection.bytesToSender,
    rateToListener: connection.rateToListener,
    rateToSender: connection.rateToSender,
    closedBy: end?.by ?? null,
    means: end?.means ?? null,
    code: end?.code ?? null,
    reason: end?.reason ?? null,
    capture: 'off',
  }
}

/** Last instant a Date can hold. */
const MAX_DATE_MS = 8.64e15

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
