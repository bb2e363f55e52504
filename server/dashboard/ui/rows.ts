import type { View } from '../../../console/ui/feed-store.ts'
import type {
  AppRow,
  ConnectionRow,
  ExchangeRow,
  FindingRow,
  HybridConnectionRow,
  ListenerRow,
  NamespaceRow,
  OverviewRow,
  PlanRow,
} from '../contract.ts'

/** The rows of a topic as what the server's contract says they are. */
export function overviewOf(view: View): OverviewRow | undefined {
  return view.rows[0] as OverviewRow | undefined
}

export function findingsOf(view: View): readonly FindingRow[] {
  return view.rows as unknown as readonly FindingRow[]
}

export function listenersOf(view: View): readonly ListenerRow[] {
  return view.rows as unknown as readonly ListenerRow[]
}

export function connectionsOf(view: View): readonly ConnectionRow[] {
  return view.rows as unknown as readonly ConnectionRow[]
}

export function hybridConnectionsOf(view: View): readonly HybridConnectionRow[] {
  const rows = view.rows.filter(({ kind }) => kind === 'hybridConnection')
  return rows as unknown as readonly HybridConnectionRow[]
}

export function namespacesOf(view: View): readonly NamespaceRow[] {
  return view.rows.filter(({ kind }) => kind === 'namespace') as unknown as readonly NamespaceRow[]
}

export function appsOf(view: View): readonly AppRow[] {
  return view.rows.filter(({ kind }) => kind === 'app') as unknown as readonly AppRow[]
}

export function plansOf(view: View): readonly PlanRow[] {
  return view.rows.filter(({ kind }) => kind === 'plan') as unknown as readonly PlanRow[]
}

export function exchangesOf(view: View): readonly ExchangeRow[] {
  return view.rows as unknown as readonly ExchangeRow[]
}
