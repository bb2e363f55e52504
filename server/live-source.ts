import type { CloseMeans, DropMeans } from './dashboard/contract.ts'
import type { LiveSource } from './dashboard/live.ts'
import { LiveConnections } from './live-connections.ts'
import { exchangeRow, listenerRow, pickRow } from './live-rows.ts'
import type { Connection } from './relay/connection.ts'
import type { ConnectionSet } from './relay/connection-set.ts'
import type { ControlChannel } from './relay/control-channel.ts'
import type { ExchangeSet } from './relay/exchange-set.ts'
import type { ListenerSet } from './relay/listener-set.ts'
import { RowCache } from './row-cache.ts'

/** Shows what the relay has to the admin port, which knows nothing of the relay. */
export function liveSource(
  listeners: ListenerSet,
  connections: ConnectionSet,
  exchanges: ExchangeSet,
): LiveSource {
  const connectionRows = new LiveConnections(connections)
  const exchangeRows = new RowCache(() => [...exchanges.live(), ...exchanges.ended()], exchangeRow)
  return {
    listeners: () => [...listeners.all(), ...listeners.ended()].map(listenerRow),
    connections: () => connectionRows.list(),
    endedConnections: () => connectionRows.ended(),
    takeConnectionChanges: (most) => connectionRows.takeChanges(most),
    openTunnels: () => connectionRows.open(),
    exchanges: () => exchangeRows.list(),
    picks: ({ namespace, hybridConnection }) =>
      listeners.picks(namespace, hybridConnection).map(pickRow),
    dropListener(id, means) {
      const channel = listeners.all().find(({ identity }) => identity.id === id)
      if (channel) dropChannel(channel, means)
      return channel !== undefined
    },
    closeConnection(id, means) {
      const connection = connections.get(id)
      if (connection) closeConnection(connection, means)
      return connection !== undefined
    },
    bytesTransferred: () => connections.bytesTransferred(),
    bytesByDirection: () => connections.bytesByDirection(),
  }
}

function closeConnection(connection: Connection, means: CloseMeans): void {
  if (means === 'cut' && connection.splice) return connection.splice.cut()
  endConnection(connection, 1011, 'The connection was closed by the emulator.')
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
