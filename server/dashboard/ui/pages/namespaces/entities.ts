import type { View } from '../../../../../console/ui/feed-store.ts'
import type { EntityRates, HybridConnectionRow, NamespaceRow, RuleRow } from '../../../contract.ts'

/** Rows of the topic `entities` as the server's contract says they are. */
export type NamespaceFacts = NamespaceRow & EntityRates
export type HybridConnectionFacts = HybridConnectionRow & EntityRates
/** `hybridConnection` is null for a policy of the namespace. */
export type RuleFacts = RuleRow & {
  readonly namespace: string
  readonly hybridConnection: string | null
}

/** What a page is about: a namespace, or one hybrid connection of it. */
export type Scope = { readonly namespace: string; readonly hybridConnection: string | null }

export function namespacesIn(view: View): readonly NamespaceFacts[] {
  return ofKind(view, 'namespace') as unknown as readonly NamespaceFacts[]
}

export function namespaceNamed(view: View, name: string): NamespaceFacts | undefined {
  return namespacesIn(view).find((row) => isSame(row.name, name))
}

export function hybridConnectionsIn(
  view: View,
  namespace: string,
): readonly HybridConnectionFacts[] {
  const rows = ofKind(view, 'hybridConnection') as unknown as readonly HybridConnectionFacts[]
  return rows.filter((row) => isSame(row.namespace, namespace))
}

export function hybridConnectionNamed(
  view: View,
  { namespace, hybridConnection }: Scope,
): HybridConnectionFacts | undefined {
  return hybridConnectionsIn(view, namespace).find(
    ({ name }) => hybridConnection !== null && isSame(name, hybridConnection),
  )
}

/** The policies of a namespace, or of one hybrid connection. */
export function rulesAt(view: View, scope: Scope): readonly RuleFacts[] {
  const rows = ofKind(view, 'rule') as unknown as readonly RuleFacts[]
  return rows.filter(
    (row) =>
      isSame(row.namespace, scope.namespace) &&
      isSame(row.hybridConnection ?? '', scope.hybridConnection ?? ''),
  )
}

/** A list of `rows` as it is shown; what the topic does not carry may be of any kind. */
export function listed<Row>(view: View, rows: readonly Row[]) {
  return { ...view, rows, total: rows.length + view.total - view.rows.length }
}

/** Names are compared without case. Source: management-plane 4.0. */
export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Path of a namespace's or hybrid connection's resource, as its parts. */
export function partsOf({ namespace, hybridConnection }: Scope): readonly string[] {
  const own = ['namespaces', namespace]
  return hybridConnection === null ? own : [...own, 'hybridConnections', hybridConnection]
}

export function endpointText(endpoint: HybridConnectionRow['endpoint']): string {
  if (endpoint === null) return '–'
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
  return `${host}:${endpoint.port}`
}

function ofKind(view: View, kind: string): View['rows'] {
  return view.rows.filter((row) => row['kind'] === kind)
}
