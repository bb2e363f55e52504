import { type AuthorizationRule, grants } from '../../protocol/entity.ts'
import { findRule } from '../namespace/authorization-rules.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { Pair, SiteRelayRow } from './entities.ts'

/** What an app's copy of a send key is worth: which key of its rule it is, or why it does not sign. */
export type SendKeyState = 'primary' | 'secondary' | 'missing' | 'stale'

/** The rule that a key name means for an entity: its own one wins over its namespace's. Source: relay-protocol 2.1. */
export function ruleFor(
  store: NamespaceStore,
  { namespace, hybridConnection }: Pair,
  keyName: string,
): AuthorizationRule | undefined {
  const own = store.hybridConnection(namespace, hybridConnection)?.authorizationRules ?? []
  return findRule(own, keyName) ?? findRule(store.get(namespace)?.authorizationRules ?? [], keyName)
}

export function sendKeyState(store: NamespaceStore, row: SiteRelayRow): SendKeyState {
  if (row.sendKeyValue === '') return 'missing'
  const rule = ruleFor(store, row, row.sendKeyName)
  if (!rule || !grants(rule.rights, 'Send')) return 'stale'
  if (row.sendKeyValue === rule.primaryKey) return 'primary'
  return row.sendKeyValue === rule.secondaryKey ? 'secondary' : 'stale'
}
