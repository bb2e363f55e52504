import type { Namespace } from '../protocol/entity.ts'
import type { LiveSource } from './dashboard/contract.ts'
import { VerifiedTokens } from './auth/verified-tokens.ts'
import { followEntities, resetEntities } from './entity-changes.ts'
import type { EventFeed } from './events.ts'
import { endConnection, liveSource } from './live-source.ts'
import type { NamespaceStore } from './namespace/store.ts'
import type { ServerOptions } from './options.ts'
import type { RelayLimits } from './relay-limits.ts'
import { ConnectionSet } from './relay/connection-set.ts'
import { HttpActivity } from './relay/http-activity.ts'
import { randomPick, roundRobinPick } from './relay/listener-choice.ts'
import { ListenerSet } from './relay/listener-set.ts'
import { loadUnmask } from './relay/native-unmask.ts'
import { PendingResponses } from './relay/pending-responses.ts'
import { type FaultReport, type RelayApp, buildRelayApp } from './relay/relay-app.ts'
import type { RelayDeps } from './relay/relay-call.ts'
import { RendezvousRegistry } from './relay/rendezvous-registry.ts'
import { SocketCounter } from './relay/socket-counter.ts'

/** The relay without its ports. */
export type RelayParts = {
  readonly app: RelayApp
  readonly live: LiveSource
  /** Ends all listeners and connections, brings the file's entities back and starts the random choice anew. */
  reset(fileNamespaces: readonly Namespace[]): void
  /** Closes control channels with 1001, waits at most `drainMs` for tunnels and requests, and ends those too. */
  drain(drainMs: number): Promise<void>
  /** Stops following the store. */
  close(): void
}

/** Builds what the relay's ports serve. */
export async function buildRelay(input: {
  readonly profile: ServerOptions['profile']
  readonly seed: number
  readonly isLoose: boolean
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly limits: () => RelayLimits
  readonly now: () => number
  readonly report: FaultReport
}): Promise<RelayParts> {
  const { profile, seed, isLoose, store, events, limits, now, report } = input
  const newPick = () => (profile === '2017' ? roundRobinPick() : randomPick(seed))
  let pick = newPick()
  const sockets = new SocketCounter()
  const listeners = new ListenerSet((count) => pick(count), sockets, now)
  const connections = new ConnectionSet(sockets)
  const rendezvous: RelayDeps['rendezvous'] = new RendezvousRegistry()
  const responses = new PendingResponses()
  const http = new HttpActivity()
  const deps = {
    store,
    events,
    listeners,
    connections,
    rendezvous,
    responses,
    verified: new VerifiedTokens(),
    http,
    sockets,
    unmask: await loadUnmask(),
    isLoose,
    limits,
    now,
  }
  const closeListeners = (text: string) => {
    for (const channel of listeners.all()) channel.close(1001, text)
  }
  const closeConnections = (text: string) => {
    for (const connection of connections.live()) endConnection(connection, 1001, text)
  }
  return {
    app: await buildRelayApp(deps, report),
    live: liveSource(listeners, connections),
    reset(fileNamespaces) {
      closeListeners('The emulator was reset.')
      closeConnections('The emulator was reset.')
      http.end(() => true, 'RELAY_LISTENER_FAILED')
      resetEntities(store, fileNamespaces)
      pick = newPick()
    },
    async drain(drainMs) {
      closeListeners('The relay is stopping.')
      for (const connection of connections.live()) connection.cancel?.({ kind: 'cancelled' })
      await Promise.all([connections.drained(drainMs), http.stop(drainMs)])
      closeConnections('The relay is stopping.')
    },
    close: followEntities(deps),
  }
}
