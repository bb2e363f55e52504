import type { Namespace } from '../protocol/entity.ts'
import { endConnection } from './live-source.ts'
import type { NamespaceStore } from './namespace/store.ts'
import type { RelayDeps } from './relay/relay-call.ts'

/** Close code and text for what belonged to a deleted entity. Source: relay-protocol 3.6. */
const DELETED = { code: 1001, text: 'The endpoint was deleted.' }

/**
 * Tells the feed of every change, and closes the listeners and connections of deleted entities, until the returned
 * function is called.
 */
export function followEntities(deps: RelayDeps): () => void {
  return deps.store.subscribe(({ change, namespace, hybridConnection }) => {
    deps.events.emit({
      type: 'entityChanged',
      namespace,
      hybridConnection,
      message: `${hybridConnection === null ? 'namespace' : 'hybrid connection'} ${change}`,
    })
    if (change !== 'deleted') return
    const isOfIt = (identity: { namespace: string; hybridConnection: string }) =>
      isSame(identity.namespace, namespace) &&
      (hybridConnection === null || isSame(identity.hybridConnection, hybridConnection))
    for (const channel of deps.listeners.all()) {
      if (isOfIt(channel.identity)) channel.close(DELETED.code, DELETED.text)
    }
    deps.http.end(isOfIt, 'RELAY_ENTITY_UNKNOWN')
    for (const connection of deps.connections.live()) {
      if (isOfIt(connection.identity)) endConnection(connection, DELETED.code, DELETED.text)
    }
  })
}

/** Removes what was made at run time and brings the file's entities back. */
export function resetEntities(store: NamespaceStore, fileNamespaces: readonly Namespace[]): void {
  const { namespaces, hybridConnections, rules, settings } = store.runtimeEntities()
  for (const { namespace, entity } of hybridConnections) {
    store.deleteHybridConnection(namespace, entity.name)
  }
  for (const { name } of namespaces) store.deleteNamespace(name)
  for (const { rule, ...scope } of rules) store.deleteRule(scope, rule.name)
  for (const { namespace } of settings) store.clearSettings(namespace)
  store.replaceFileEntities(fileNamespaces)
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
