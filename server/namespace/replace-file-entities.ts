import type { AuthorizationRule, HybridConnection, Namespace } from '../../protocol/entity.ts'
import { findRule } from './authorization-rules.ts'
import { NamespaceNode } from './namespace-node.ts'
import type { NamespaceHead } from './namespace-node.ts'
import type { EntityChange, EntityClash, NamespaceSettings } from './store.ts'

/** The store's next state after a (re)load of the file, what changed, and which run-time entities gave way. */
export type Replacement = {
  readonly nodes: Map<string, NamespaceNode>
  readonly changes: readonly EntityChange[]
  readonly clashes: readonly EntityClash[]
}

/**
 * The file's namespaces come first and in its order. An entity that stays keeps `createdAt`; `at` becomes the
 * `updatedAt` of one that differs. Leaves `old` alone.
 */
export function replaceFileEntities(
  old: ReadonlyMap<string, NamespaceNode>,
  namespaces: readonly Namespace[],
  at: string,
): Replacement {
  const nodes = new Map<string, NamespaceNode>()
  const changes: EntityChange[] = []
  const clashes: EntityClash[] = []
  for (const namespace of namespaces) {
    const key = namespace.name.toLowerCase()
    nodes.set(key, replaceNamespace(old.get(key), namespace, at, changes, clashes))
  }
  for (const [key, node] of old) {
    if (nodes.has(key)) continue
    if (node.head.origin === 'runtime') nodes.set(key, node)
    else removeNamespace(node, changes, clashes)
  }
  return { nodes, changes, clashes }
}

function replaceNamespace(
  old: NamespaceNode | undefined,
  namespace: Namespace,
  at: string,
  changes: EntityChange[],
  clashes: EntityClash[],
): NamespaceNode {
  const { hybridConnections, ...head } = namespace
  const node = new NamespaceNode(merged(old?.head, head, at))
  if (old?.head.origin === 'runtime') clashes.push(overwritten(namespace.name, null))
  else clashes.push(...takenRules(old?.head, head, namespace.name, null))
  noteChange(old?.head, node.head, namespace.name, null, changes)
  for (const wanted of hybridConnections) {
    const before = old?.entity(wanted.name)
    const entity = merged(before, wanted, at)
    node.putEntity(entity)
    if (before?.origin === 'runtime') clashes.push(overwritten(namespace.name, wanted.name))
    else clashes.push(...takenRules(before, wanted, namespace.name, wanted.name))
    noteChange(before, entity, namespace.name, wanted.name, changes)
  }
  for (const before of old?.snapshot.hybridConnections ?? []) {
    if (node.entity(before.name)) continue
    if (before.origin === 'runtime') node.putEntity(before)
    else changes.push(deleted(namespace.name, before.name))
  }
  return node
}

function removeNamespace(
  { head, snapshot }: NamespaceNode,
  changes: EntityChange[],
  clashes: EntityClash[],
): void {
  for (const { name, origin } of snapshot.hybridConnections) {
    changes.push(deleted(head.name, name))
    if (origin === 'runtime') {
      clashes.push({ namespace: head.name, hybridConnection: name, outcome: 'removed' })
    }
  }
  changes.push(deleted(head.name, null))
}

/** `wanted`, with the times of what was there before. */
function merged<Entity extends NamespaceHead | HybridConnection>(
  before: Entity | undefined,
  wanted: Entity,
  at: string,
): Entity {
  if (!before) return wanted
  const after = { ...settingsOf(before), ...wanted, authorizationRules: rulesOf(before, wanted) }
  const isSame = content(before) === content(after)
  return { ...after, createdAt: before.createdAt, updatedAt: isSame ? before.updatedAt : at }
}

/** The file's rules, and behind them those made at run time whose names it does not take. */
function rulesOf(before: Ruled, wanted: Ruled): readonly AuthorizationRule[] {
  const made = before.authorizationRules.filter(
    ({ name, origin }) =>
      origin === 'runtime' && findRule(wanted.authorizationRules, name) === undefined,
  )
  return [...wanted.authorizationRules, ...made]
}

/** Rules made at run time whose names the file now takes. */
function takenRules(
  before: Ruled | undefined,
  wanted: Ruled,
  namespace: string,
  hybridConnection: string | null,
): EntityClash[] {
  return (before?.authorizationRules ?? [])
    .filter(({ name, origin }) => origin === 'runtime' && findRule(wanted.authorizationRules, name))
    .map(({ name }) => ({ namespace, hybridConnection, rule: name, outcome: 'overwritten' }))
}

type Ruled = Pick<HybridConnection, 'authorizationRules'>

/** What was set on a namespace at run time stays where the file has no word for it. */
function settingsOf(before: NamespaceHead | HybridConnection): NamespaceSettings {
  if (!('hosts' in before)) return {}
  const { tags, networkRules } = before
  return { ...(tags && { tags }), ...(networkRules && { networkRules }) }
}

function noteChange<Entity extends NamespaceHead | HybridConnection>(
  before: Entity | undefined,
  after: Entity,
  namespace: string,
  hybridConnection: string | null,
  changes: EntityChange[],
): void {
  if (!before) changes.push({ change: 'created', namespace, hybridConnection })
  else if (content(before) !== content(after)) {
    changes.push({ change: 'changed', namespace, hybridConnection })
  }
}

/** Everything but the times, as text to compare; members in alphabetical order. */
function content({
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...rest
}: NamespaceHead | HybridConnection): string {
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function overwritten(namespace: string, hybridConnection: string | null): EntityClash {
  return { namespace, hybridConnection, outcome: 'overwritten' }
}

function deleted(namespace: string, hybridConnection: string | null): EntityChange {
  return { change: 'deleted', namespace, hybridConnection }
}
