import type { Namespace } from '../protocol/entity.ts'
import type { LiveSource } from './dashboard/live.ts'
import type { EntraDoor } from './auth/entra-door.ts'
import { VerifiedTokens } from './auth/verified-tokens.ts'
import { followEntities, resetEntities } from './entity-changes.ts'
import type { ListenerFaults } from './faults/listener-faults.ts'
import type { EventFeed } from './events.ts'
import { listenerFaults, whenEnded } from './listener-faults.ts'
import { endConnection, liveSource } from './live-source.ts'
import type { NetworkHits } from './namespace/network-hits.ts'
import type { NamespaceStore } from './namespace/store.ts'
import type { NetworkConfig } from './config/network-config.ts'
import type { RelayLimits } from './relay-limits.ts'
import type { RuntimeSettings } from './runtime-settings.ts'
import { ConnectionSet } from './relay/connection-set.ts'
import { ExchangeSet } from './relay/exchange-set.ts'
import type { FaultGate } from './relay/fault-gate.ts'
import { HttpActivity } from './relay/http-activity.ts'
import { randomPick, roundRobinPick } from './relay/listener-choice.ts'
import { ListenerSet } from './relay/listener-set.ts'
import { PendingResponses } from './relay/pending-responses.ts'
import { type FaultReport, type RelayApp, buildRelayApp } from './relay/relay-app.ts'
import type { RelayDeps } from './relay/relay-call.ts'
import { type RendezvousPlace, placeAt } from './relay/rendezvous-place.ts'
import { RendezvousRegistry } from './relay/rendezvous-registry.ts'
import { SocketCounter } from './relay/socket-counter.ts'
import { SpliceMemory } from './relay/splice-memory.ts'

/** The relay without its ports. */
export type RelayParts = {
  readonly app: RelayApp
  readonly live: LiveSource
  readonly listenerFaults: ListenerFaults
  /** Control channels now open to a hybrid connection. */
  listenerCount(namespace: string, hybridConnection: string): number
  /**
   * Ends all listeners and connections, brings the file's entities back and starts the random choice anew. Resolves
   * when nothing is connected any more: peers that take long to say goodbye are cut.
   */
  reset(fileNamespaces: readonly Namespace[]): Promise<void>
  /** Closes control channels with 1001, waits at most `drainMs` for tunnels and requests, and ends those too. */
  drain(drainMs: number): Promise<void>
  /** Stops following the store. */
  close(): void
}

/** How long peers may take to answer a Close at a reset, ms. It takes less than 50 in all (product 7). */
const RESET_LINGER_MS = 20

/** Builds what the relay's ports serve. */
export async function buildRelay(input: {
  readonly settings: RuntimeSettings
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly limits: () => RelayLimits
  readonly network: () => NetworkConfig
  readonly faults: FaultGate
  readonly hits: NetworkHits
  readonly entra: EntraDoor
  readonly now: () => number
  readonly report: FaultReport
}): Promise<RelayParts> {
  const { settings, store, events, limits, network, faults, entra, now, report } = input
  const { hits } = input
  const newPick = () =>
    settings.current.profile === '2017' ? roundRobinPick() : randomPick(settings.current.seed)
  let pick = newPick()
  // Choices of its own: listeners are picked in the same order with and without gateways.
  let pickGateway = randomPick(settings.current.seed)
  const sockets = new SocketCounter()
  const listeners = new ListenerSet((count) => pick(count), sockets, now)
  const connections = new ConnectionSet(sockets)
  const exchanges = new ExchangeSet()
  const rendezvous: RelayDeps['rendezvous'] = new RendezvousRegistry()
  const responses = new PendingResponses()
  const http = new HttpActivity()
  const deps = {
    store,
    events,
    listeners,
    connections,
    exchanges,
    rendezvous,
    responses,
    verified: new VerifiedTokens(),
    entra,
    http,
    sockets,
    faults,
    hits,
    memory: new SpliceMemory(),
    get isLoose() {
      return settings.current.loose
    },
    rendezvousPlace: (dialled: RendezvousPlace) =>
      placeAt(dialled, network(), (count) => pickGateway(count)),
    limits,
    now,
  }
  settings.follow(({ profile, seed }) => {
    if (profile === settings.current.profile && seed === settings.current.seed) return
    pick = newPick()
    pickGateway = randomPick(settings.current.seed)
  })
  const closeListeners = (text: string) => {
    for (const channel of listeners.all()) channel.close(1001, text)
  }
  const closeConnections = (text: string) => {
    for (const connection of connections.live()) endConnection(connection, 1001, text)
  }
  return {
    app: buildRelayApp(deps, report),
    live: liveSource(listeners, connections, exchanges),
    listenerFaults: listenerFaults(listeners),
    listenerCount: (namespace, hybridConnection) =>
      listeners.of(namespace, hybridConnection).length,
    async reset(fileNamespaces) {
      const ended = Promise.all([
        whenEnded(listeners.all()),
        connections.drained(2 * RESET_LINGER_MS),
      ])
      closeListeners('The emulator was reset.')
      closeConnections('The emulator was reset.')
      http.end(() => true, 'RELAY_LISTENER_FAILED')
      resetEntities(store, fileNamespaces)
      pick = newPick()
      pickGateway = randomPick(settings.current.seed)
      const cut = setTimeout(() => {
        for (const channel of listeners.all()) channel.cut()
        for (const connection of connections.live()) connection.splice?.cut()
      }, RESET_LINGER_MS)
      await ended
      clearTimeout(cut)
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
