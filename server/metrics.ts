import { Counter, Gauge, Registry } from 'prom-client'
import type { RelayErrorCode } from '../protocol/errors.ts'
import type { LiveSource } from './dashboard/contract.ts'
import type { EventFeed, RelayEvent } from './events.ts'
import type { NamespaceStore } from './namespace/store.ts'
import { registerProcessMetrics } from './process-metrics.ts'

export type MetricsSources = {
  readonly events: EventFeed
  readonly live: LiveSource
  readonly store: Pick<NamespaceStore, 'list' | 'get' | 'hybridConnection'>
}

export type Metrics = {
  readonly contentType: string
  /** The Prometheus text format. */
  text(): Promise<string>
  /** Stops following the event feed. */
  close(): void
}

/** The metrics of Azure Monitor in snake case (relay-protocol 8.2), per entity, and those of the process. */
export function createMetrics({ events, live, store }: MetricsSources): Metrics {
  const registry = new Registry()
  const counters = createCounters(registry)
  registerGauges(registry, live, store)
  registerProcessMetrics(registry)
  const unsubscribe = events.subscribe((event) => {
    const counted = countersOf(event)
    if (counted.length === 0) return
    const labels = labelsOf(event, store)
    for (const name of counted) counters[name].inc(labels)
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: () => {
      unsubscribe()
      registry.clear()
    },
  }
}

const LABELS = ['namespace', 'entity_name'] as const
type Labels = { readonly namespace: string; readonly entity_name: string }

const COUNTERS = {
  listener_connections_success: 'Listeners that connected',
  listener_connections_client_error: 'Listeners refused for something of their own',
  listener_connections_server_error: 'Listeners refused for something of the relay',
  listener_connections_total_requests: 'Listeners that asked to connect',
  sender_connections_success: 'Senders that were joined with a listener',
  sender_connections_client_error:
    'Senders refused, rejected by the listener, or not accepted in time',
  sender_connections_server_error: 'Senders refused for something of the relay',
  sender_connections_total_requests: 'Senders that asked to connect',
  listener_disconnects: 'Listeners that went',
  sender_disconnects: 'Connections of senders that ended',
} as const

type CounterName = keyof typeof COUNTERS

/** Faults that are not the peer's; all others have a status of 4xx. */
const SERVER_FAULTS: ReadonlySet<string> = new Set<RelayErrorCode>(['RELAY_STOPPING'])

function createCounters(registry: Registry): Readonly<Record<CounterName, Counter>> {
  const created = Object.entries(COUNTERS).map(([name, help]) => [
    name,
    new Counter({ name, help, labelNames: LABELS, registers: [registry] }),
  ])
  return Object.fromEntries(created) as Record<CounterName, Counter>
}

/** What one fact adds to. */
function countersOf({ type, operation, code }: RelayEvent): readonly CounterName[] {
  const isServerFault = code === null || SERVER_FAULTS.has(code)
  if (type === 'listenerConnected') {
    return ['listener_connections_success', 'listener_connections_total_requests']
  }
  if (type === 'listenerRefused') {
    const outcome = isServerFault
      ? 'listener_connections_server_error'
      : 'listener_connections_client_error'
    return [outcome, 'listener_connections_total_requests']
  }
  if (type === 'listenerDisconnected') return ['listener_disconnects']
  if (type === 'senderConnecting') return ['sender_connections_total_requests']
  if (type === 'connectionOpened') return ['sender_connections_success']
  if (type === 'senderRefused') {
    return [isServerFault ? 'sender_connections_server_error' : 'sender_connections_client_error']
  }
  if (type === 'acceptTimedOut' || type === 'rejected') return ['sender_connections_client_error']
  // A sender that left before it was joined has this event too, but no operation.
  if (type === 'connectionClosed' && operation !== null) return ['sender_disconnects']
  return []
}

/** Names that exist, as first written: a caller with made-up paths must not make up labels. */
function labelsOf(
  { namespace, hybridConnection }: Pick<RelayEvent, 'namespace' | 'hybridConnection'>,
  store: MetricsSources['store'],
): Labels {
  const known = namespace === null ? undefined : store.get(namespace)
  const entity =
    known && hybridConnection !== null && store.hybridConnection(known.name, hybridConnection)
  return { namespace: known?.name ?? '', entity_name: entity ? entity.name : '' }
}

function registerGauges(
  registry: Registry,
  live: LiveSource,
  store: MetricsSources['store'],
): void {
  const entities = (): readonly Labels[] =>
    store
      .list()
      .flatMap(({ name, hybridConnections }) =>
        hybridConnections.map((entity) => ({ namespace: name, entity_name: entity.name })),
      )
  const count = (gauge: Gauge, rows: ReturnType<LiveSource['listeners' | 'connections']>) => {
    gauge.reset()
    for (const labels of entities()) gauge.set(labels, 0)
    for (const row of rows) gauge.inc(labelsOf(row, store))
  }
  const registers = [registry]
  new Gauge({
    name: 'active_listeners',
    help: 'Control channels that are open',
    labelNames: LABELS,
    registers,
    collect() {
      count(
        this,
        live.listeners().filter(({ ended }) => ended === null),
      )
    },
  })
  new Gauge({
    name: 'active_connections',
    help: 'Senders that are joined with a listener',
    labelNames: LABELS,
    registers,
    collect() {
      const isActive = (phase: string) => phase === 'open' || phase === 'closing'
      count(
        this,
        live.connections().filter(({ phase }) => isActive(phase)),
      )
    },
  })
  new Counter({
    name: 'bytes_transferred',
    help: 'Payload bytes relayed, both directions together',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset()
      for (const [path, bytes] of live.bytesTransferred()) {
        const [namespace = '', ...names] = path.split('/')
        this.inc(labelsOf({ namespace, hybridConnection: names.join('/') }, store), bytes)
      }
    },
  })
}
