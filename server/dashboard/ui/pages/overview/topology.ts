import { formatRate } from '../../../../../console/ui/format.ts'
import { formatRoute } from '../../../../../console/ui/route.ts'
import type {
  AppRow,
  ConnectionRow,
  ExchangeRow,
  FindingRow,
  HybridConnectionRow,
  ListenerRow,
} from '../../../contract.ts'
import { Graph, type Topology } from './graph.ts'

export type TopologyFacts = {
  readonly apps: readonly AppRow[]
  readonly connections: readonly ConnectionRow[]
  /** Requests of the last minute. */
  readonly requests: readonly ExchangeRow[]
  readonly entities: readonly HybridConnectionRow[]
  /** Live ones. */
  readonly listeners: readonly ListenerRow[]
  readonly findings: readonly FindingRow[]
}

/** Who is joined with whom, and where it fails. Pure. Source: dashboard 2.1. */
export function buildTopology(facts: TopologyFacts): Topology {
  const graph = new Graph()
  const grouped = {
    apps: facts.apps,
    connections: byKey(
      facts.connections.filter(({ phase }) => LIVE.has(phase)),
      pathOf,
    ),
    requests: byKey(facts.requests, pathOf),
    listeners: byKey(facts.listeners, pathOf),
    findings: byKey(
      facts.findings.filter(({ severity }) => severity === 'error'),
      pathOf,
    ),
  }
  for (const entity of facts.entities) addEntity(graph, entity, grouped)
  return graph.topology()
}

/** The facts by hybrid connection: there may be thousands of each. */
type Grouped = {
  readonly apps: readonly AppRow[]
  readonly connections: Groups<ConnectionRow>
  readonly requests: Groups<ExchangeRow>
  readonly listeners: Groups<ListenerRow>
  readonly findings: Groups<FindingRow>
}

type Groups<Row> = ReadonlyMap<string, readonly Row[]>

function byKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Groups<Row> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const id = keyOf(row)
    const group = groups.get(id)
    if (group) group.push(row)
    else groups.set(id, [row])
  }
  return groups
}

function pathOf(row: { readonly namespace: string; readonly hybridConnection: string }): string {
  return `${key(row.namespace)}/${key(row.hybridConnection)}`
}

function addEntity(graph: Graph, entity: HybridConnectionRow, facts: Grouped): void {
  const { namespace, name } = entity
  const path = `${key(namespace)}/${key(name)}`
  const live = facts.connections.get(path) ?? []
  const requests = facts.requests.get(path) ?? []
  const errors = facts.findings.get(path) ?? []
  const entityId = `hc:${path}`
  const rate = rateOf(live) + requestRate(requests)
  graph.node({
    id: entityId,
    column: 1,
    label: name,
    note: rate > 0 ? `${entity.open} open, ${formatRate(rate)}` : `${entity.open} open`,
    group: namespace,
    href: formatRoute(['hc', namespace, name]),
    rate,
  })
  addSenders(graph, entityId, { entity, live, requests, errors, apps: facts.apps })
  addListeners(graph, entityId, {
    entity,
    live,
    requests,
    errors,
    listeners: facts.listeners.get(path) ?? [],
  })
}

function addSenders(
  graph: Graph,
  entityId: string,
  facts: {
    readonly entity: HybridConnectionRow
    readonly live: readonly ConnectionRow[]
    readonly requests: readonly ExchangeRow[]
    readonly errors: readonly FindingRow[]
    readonly apps: readonly AppRow[]
  },
): void {
  const { entity, live, requests, errors, apps } = facts
  const failure = failureAt(errors, ['sender-refused', 'app-key'])
  const labels = new Map<string, string>()
  for (const app of apps) {
    const isAttached = app.hybridConnections.some(
      (each) =>
        key(each.namespace) === key(entity.namespace) && key(each.name) === key(entity.name),
    )
    const label = app.slot === null ? app.app : `${app.app}/${app.slot}`
    if (isAttached) labels.set(key(label), label)
  }
  const attached = new Set(labels.keys())
  const tunnels = byKey(live, ({ sender }) => key(sender.label))
  const asks = byKey(requests, ({ sender }) => key(sender.label))
  for (const { sender } of [...live, ...requests]) {
    if (!labels.has(key(sender.label))) labels.set(key(sender.label), sender.label)
  }
  for (const [id, label] of labels) {
    const own = tunnels.get(id) ?? []
    const asked = asks.get(id) ?? []
    const rate = rateOf(own) + requestRate(asked)
    const isApp = attached.has(id)
    graph.node({
      id: `app:${id}`,
      column: 0,
      label,
      note: isApp ? 'app' : 'sender',
      href: isApp
        ? formatRoute(['apps', ...label.split('/')])
        : formatRoute(['connections'], { q: `sender.label:"${label}"` }),
      rate,
    })
    const text = rate > 0 ? formatRate(rate) : own.length > 0 ? `${own.length} open` : 'idle'
    graph.edge({ from: `app:${id}`, to: entityId, rate, text, failure })
  }
  if (failure === null || labels.size > 0) return
  graph.node({
    id: `refused:${entityId}`,
    column: 0,
    label: 'a sender',
    note: 'refused',
    href: formatRoute(['events'], { q: `level:warning hybridConnection:"${entity.name}"` }),
    rate: 0,
    isGhost: true,
  })
  graph.edge({ from: `refused:${entityId}`, to: entityId, rate: 0, text: '', failure })
}

function addListeners(
  graph: Graph,
  entityId: string,
  facts: {
    readonly entity: HybridConnectionRow
    readonly live: readonly ConnectionRow[]
    readonly requests: readonly ExchangeRow[]
    readonly errors: readonly FindingRow[]
    readonly listeners: readonly ListenerRow[]
  },
): void {
  const { entity, live, requests, errors, listeners } = facts
  const failure = failureAt(errors, [
    'no-listener',
    'listener-refused',
    'listener-unresponsive',
    'accept-timeout',
    'http-unanswered',
  ])
  if (listeners.length === 0) {
    graph.node({
      id: `none:${entityId}`,
      column: 2,
      label: 'none',
      note: 'nobody listens',
      href: formatRoute(['hc', entity.namespace, entity.name]),
      rate: 0,
      isGhost: true,
    })
    graph.edge({ from: entityId, to: `none:${entityId}`, rate: 0, text: '', failure })
    return
  }
  const offered = listeners.reduce((sum, listener) => sum + listener.offered, 0)
  for (const label of new Set(listeners.map((listener) => listener.label))) {
    const own = listeners.filter((listener) => listener.label === label)
    const ids = new Set(own.map(({ id }) => id))
    const tunnels = live.filter(({ listener }) => listener && ids.has(listener.id))
    const answered = requests.filter(({ listener }) => listener && ids.has(listener.id))
    const rate = rateOf(tunnels) + requestRate(answered)
    const id = `listener:${label}`
    graph.node({
      id,
      column: 2,
      label,
      note: `${tunnels.length} open`,
      href: formatRoute(['listeners'], { q: `label:"${label}"` }),
      rate,
    })
    graph.count(id, tunnels.length)
    const share = own.reduce((sum, listener) => sum + listener.offered, 0)
    const text =
      listeners.length > own.length && offered > 0 ? `${Math.round((100 * share) / offered)}%` : ''
    graph.edge({ from: entityId, to: id, rate, text, failure })
    addEndpoint(graph, id, { entity, errors, rate, label })
  }
}

function addEndpoint(
  graph: Graph,
  listenerId: string,
  facts: {
    readonly entity: HybridConnectionRow
    readonly errors: readonly FindingRow[]
    readonly rate: number
    readonly label: string
  },
): void {
  const { entity, errors, rate, label } = facts
  if (!entity.endpoint) return
  const place = `${entity.endpoint.host}:${entity.endpoint.port}`
  graph.node({
    id: `endpoint:${key(place)}`,
    column: 3,
    label: place,
    note: 'endpoint',
    href: formatRoute(['hc', entity.namespace, entity.name, 'properties']),
    rate,
  })
  const unreachable = errors.filter(
    ({ rule, hop }) => rule === 'endpoint-unreachable' && hop.startsWith(`${label} -> `),
  )
  const failure = failureAt([...unreachable, ...errors], ['endpoint-unreachable', 'metadata'])
  const isHere = unreachable.length > 0 || errors.some(({ rule }) => rule === 'metadata')
  graph.edge({
    from: listenerId,
    to: `endpoint:${key(place)}`,
    rate,
    text: '',
    failure: isHere ? failure : null,
  })
}

const LIVE: ReadonlySet<ConnectionRow['phase']> = new Set([
  'connecting',
  'acceptSent',
  'accepted',
  'open',
  'closing',
])

function rateOf(rows: readonly ConnectionRow[]): number {
  return rows.reduce((sum, row) => sum + row.rateToListener + row.rateToSender, 0)
}

/** Bytes/s of requests, over the minute that they are of. */
function requestRate(rows: readonly ExchangeRow[]): number {
  const bytes = rows.reduce(
    (sum, row) => sum + (row.requestBytes ?? 0) + (row.responseBytes ?? 0),
    0,
  )
  return Math.ceil(bytes / 60)
}

function failureAt(errors: readonly FindingRow[], rules: readonly string[]): string | null {
  const found = errors.find(({ rule }) => rules.includes(rule))
  return found ? `${found.hop}: ${found.why}` : null
}

/** Names are compared without case. */
function key(name: string): string {
  return name.toLowerCase()
}
