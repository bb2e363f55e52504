import { findRule } from './authorization-rules.ts'
import { NamespaceNode } from './namespace-node.ts'
import type { EntityChange, EntityClash, RuntimeEntities } from './store.ts'

/** Adds kept run-time entities and rules to `nodes`, with the keys and times they had. What exists already wins. */
export function restoreEntities(
  nodes: Map<string, NamespaceNode>,
  kept: RuntimeEntities,
): { readonly changes: readonly EntityChange[]; readonly clashes: readonly EntityClash[] } {
  const changes: EntityChange[] = []
  const clashes: EntityClash[] = []
  for (const { hybridConnections: _none, ...head } of kept.namespaces) {
    const key = head.name.toLowerCase()
    if (nodes.has(key)) {
      clashes.push({ namespace: head.name, hybridConnection: null, outcome: 'overwritten' })
      continue
    }
    nodes.set(key, new NamespaceNode({ ...head, origin: 'runtime' }))
    changes.push({ change: 'created', namespace: head.name, hybridConnection: null })
  }
  for (const { namespace, entity } of kept.hybridConnections) {
    const node = nodes.get(namespace.toLowerCase())
    if (!node || node.entity(entity.name)) {
      const outcome = node ? 'overwritten' : 'removed'
      clashes.push({ namespace, hybridConnection: entity.name, outcome })
      continue
    }
    node.putEntity({ ...entity, origin: 'runtime' })
    changes.push({ change: 'created', namespace: node.head.name, hybridConnection: entity.name })
  }
  for (const { namespace, hybridConnection, rule } of kept.rules) {
    const node = nodes.get(namespace.toLowerCase())
    const holder = hybridConnection === undefined ? node?.head : node?.entity(hybridConnection)
    const isTaken = holder && findRule(holder.authorizationRules, rule.name) !== undefined
    if (!node || !holder || isTaken) {
      const outcome = isTaken ? 'overwritten' : 'removed'
      const place = { namespace, hybridConnection: hybridConnection ?? null }
      clashes.push({ ...place, rule: rule.name, outcome })
      continue
    }
    const authorizationRules = [
      ...holder.authorizationRules,
      { ...rule, origin: 'runtime' as const },
    ]
    if (hybridConnection === undefined) node.setHead({ ...node.head, authorizationRules })
    else node.putEntity({ ...node.entity(hybridConnection)!, authorizationRules })
  }
  for (const { namespace, tags, networkRules } of kept.settings) {
    const node = nodes.get(namespace.toLowerCase())
    if (node) node.setHead({ ...node.head, tags, networkRules })
  }
  return { changes, clashes }
}
