import type { RelayErrorCode } from '../protocol/errors.ts'
import type { LiveSource } from './dashboard/live.ts'
import type { EventFeed, RelayEvent } from './events.ts'
import {
  Counts,
  formatMetrics,
  type Labels,
  METRICS_CONTENT_TYPE,
  type MetricFamily,
} from './metrics-text.ts'
import type { NamespaceStore } from './namespace/store.ts'
import { processMetrics } from './process-metrics.ts'

export type MetricsSources = {
  readonly events: EventFeed
  readonly live: LiveSource
  readonly store: Pick<NamespaceStore, 'list' | 'get' | 'hybridConnection' | 'subscribe'>
}

export type Metrics = {
  readonly contentType: string
  /** The Prometheus text format. */
  text(): string
  /** Those of one hybrid connection, by the names of Azure Monitor (relay-protocol 8.2). */
  of(namespace: string, hybridConnection: string): Readonly<Record<string, number>>
  /** Stops following the event feed. */
  close(): void
}

type EntityNames = Pick<RelayEvent, 'namespace' | 'hybridConnection'>

/** The metrics of Azure Monitor in snake case (relay-protocol 8.2), per entity, and those of the process. */
export function createMetrics({ events, live, store }: MetricsSources): Metrics {
  const labelsByName = new Map<string, Labels>()
  const counters = new Map(COUNTER_NAMES.map((name) => [name, new Counts()]))
  /** Whom the last fact was about; most are about the same as the one before. */
  let last: (EntityNames & { readonly labels: Labels }) | undefined
  const forget = store.subscribe(() => (last = undefined))
  const labelsFor = ({ namespace, hybridConnection }: EntityNames): Labels => {
    if (last?.namespace === namespace && last.hybridConnection === hybridConnection)
      return last.labels
    const found = labelsOf({ namespace, hybridConnection }, store)
    const key = `${found.namespace}/${found.entity_name}`
    // The same object each time: it is counted without being looked at.
    const labels = labelsByName.get(key) ?? found
    labelsByName.set(key, labels)
    last = { namespace, hybridConnection, labels }
    return labels
  }
  const unsubscribe = events.subscribe((event) => {
    const counted = countersOf(event)
    if (counted.length === 0) return
    const labels = labelsFor(event)
    for (const name of counted) counters.get(name)?.add(labels)
  })
  const ofEntities = [
    ...[...counters].map(([name, counts]): MetricFamily => ({
      name,
      help: COUNTERS[name],
      type: 'counter',
      samples: () => counts.samples(),
    })),
    ...relayFamilies(live, store),
  ]
  const families = [...ofEntities, ...processMetrics()]
  return {
    contentType: METRICS_CONTENT_TYPE,
    text: () => formatMetrics(families),
    of: (namespace, hybridConnection) =>
      Object.fromEntries(
        ofEntities.map(({ name, samples }) => {
          const sample = samples().find(
            ({ labels }) =>
              labels?.['namespace'] === namespace && labels['entity_name'] === hybridConnection,
          )
          return [azureName(name), sample?.value ?? 0]
        }),
      ),
    close() {
      unsubscribe()
      forget()
    },
  }
}

/** `listener_connections_client_error` is `ListenerConnections-ClientError` in Azure Monitor. */
function azureName(name: string): string {
  return name
    .replace('connections_', 'connections-')
    .replaceAll(/(?:^|_|(-))([a-z])/g, (_match, dash = '', letter) => dash + letter.toUpperCase())
}

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
const COUNTER_NAMES = Object.keys(COUNTERS) as readonly CounterName[]

/** Faults that are not the peer's; all others have a status of 4xx. */
const SERVER_FAULTS: ReadonlySet<string> = new Set<RelayErrorCode>(['RELAY_STOPPING'])

const NONE: readonly CounterName[] = []

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
  return NONE
}

/** Names that exist, as first written: a caller with made-up paths must not make up labels. */
function labelsOf(
  { namespace, hybridConnection }: EntityNames,
  store: MetricsSources['store'],
): Labels {
  const known = namespace === null ? undefined : store.get(namespace)
  const entity =
    known && hybridConnection !== null && store.hybridConnection(known.name, hybridConnection)
  return { namespace: known?.name ?? '', entity_name: entity ? entity.name : '' }
}

/** What is read from the relay when it is asked for. */
function relayFamilies(live: LiveSource, store: MetricsSources['store']): readonly MetricFamily[] {
  /** Every entity is there, also one without rows. */
  const countRows = (rows: ReturnType<LiveSource['listeners' | 'connections']>) => {
    const counts = new Counts()
    for (const { name, hybridConnections } of store.list()) {
      for (const entity of hybridConnections) {
        counts.add({ namespace: name, entity_name: entity.name }, 0)
      }
    }
    for (const row of rows) counts.add(labelsOf(row, store))
    return counts.samples()
  }
  return [
    {
      name: 'active_listeners',
      help: 'Control channels that are open',
      type: 'gauge',
      samples: () => countRows(live.listeners().filter(({ ended }) => ended === null)),
    },
    {
      name: 'active_connections',
      help: 'Senders that are joined with a listener',
      type: 'gauge',
      samples: () =>
        countRows(
          live.connections().filter(({ phase }) => phase === 'open' || phase === 'closing'),
        ),
    },
    {
      name: 'bytes_transferred',
      help: 'Payload bytes relayed, both directions together',
      type: 'counter',
      samples() {
        const counts = new Counts()
        for (const [path, bytes] of live.bytesTransferred()) {
          const [namespace = '', ...names] = path.split('/')
          counts.add(labelsOf({ namespace, hybridConnection: names.join('/') }, store), bytes)
        }
        return counts.samples()
      },
    },
  ]
}
