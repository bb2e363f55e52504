import type { AuthorizationRule, HybridConnection, Namespace } from '../../protocol/entity.ts'
import type { NamespaceStore, RuleScope } from '../namespace/store.ts'
import { ApiError } from './api-error.ts'

/** What a path names, or RELAY_ENTITY_NOT_FOUND. Names are compared without case. */

export function findNamespace(store: NamespaceStore, name: string): Namespace {
  return store.get(name) ?? notFound('namespace', `no namespace ${name}`)
}

export function findHybridConnection(
  store: NamespaceStore,
  namespace: string,
  name: string,
): HybridConnection {
  const { name: parent } = findNamespace(store, namespace)
  return store.hybridConnection(namespace, name) ?? noHybridConnection(name, parent)
}

/** The rules of a namespace, or of one hybrid connection. */
export function findRules(store: NamespaceStore, scope: RuleScope): readonly AuthorizationRule[] {
  const { namespace, hybridConnection } = scope
  if (hybridConnection === undefined) return findNamespace(store, namespace).authorizationRules
  return findHybridConnection(store, namespace, hybridConnection).authorizationRules
}

export function findRule(store: NamespaceStore, scope: RuleScope, name: string): AuthorizationRule {
  const wanted = name.toLowerCase()
  const rule = findRules(store, scope).find((candidate) => candidate.name.toLowerCase() === wanted)
  const where = scope.hybridConnection ?? scope.namespace
  return rule ?? notFound('authorizationRule', `no authorization rule ${name} on ${where}`)
}

export function noHybridConnection(name: string, namespace: string): never {
  return notFound('hybridConnection', `no hybrid connection ${name} in namespace ${namespace}`)
}

export function notFound(target: string, message: string): never {
  throw new ApiError('RELAY_ENTITY_NOT_FOUND', message, {
    target,
    next: 'relay-emulator connection-string',
  })
}

/** For listeners and connections: the id is unknown, or its owner is gone. */
export function itemNotFound(target: string, message: string): never {
  throw new ApiError('RELAY_ITEM_NOT_FOUND', message, { target })
}
