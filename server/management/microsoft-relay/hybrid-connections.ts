import type { HybridConnection, Namespace } from '../../../protocol/entity.ts'
import { lintUserMetadata } from '../../../protocol/metadata-lint.ts'
import { hybridConnectionId } from '../../namespace/arm-ids.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { flagOf, propertiesOf, textOf } from '../body-members.ts'
import { normalLocation } from '../locations.ts'
import type { ArmResource, ResourceType } from '../resource-type.ts'
import { entityName, entityTime, hybridConnectionAt, namespaceAt } from './entities.ts'

/** Hybrid connections. PUT replaces: an omitted `userMetadata` is gone. Source: management-plane 4.3. */
export function hybridConnectionType(deps: ProviderDeps): ResourceType {
  const { store, settings, listenerCount, assignments } = deps
  const shown = (namespace: Namespace, entity: HybridConnection) =>
    hybridConnectionResource(namespace, entity, {
      subscriptionId: settings().subscriptionId,
      listeners: listenerCount(namespace.name, entity.name),
    })
  return {
    type: 'namespaces/hybridConnections',
    get: (_call, ref) => {
      const namespace = namespaceAt(store, ref)
      const entity = hybridConnectionAt(store, ref)
      return namespace && entity && shown(namespace, entity)
    },
    list: (_call, ref) => {
      const namespace = namespaceAt(store, ref)
      return namespace?.hybridConnections.map((entity) => shown(namespace, entity)) ?? []
    },
    put: (call, { names }, body) => {
      const [parent = '', name = ''] = names
      const properties = propertiesOf(body)
      const entity = store.putHybridConnection(parent, entityName(name), {
        requiresClientAuthorization: flagOf(properties, 'requiresClientAuthorization'),
        userMetadata: textOf(properties, 'userMetadata'),
      })
      const namespace = store.get(parent)!
      warnOfMetadata(namespace, entity, call.remote, deps)
      return { resource: shown(namespace, entity) }
    },
    delete: (_call, ref) => {
      const namespace = namespaceAt(store, ref)
      const entity = hybridConnectionAt(store, ref)
      if (!namespace || !entity) return { existed: false }
      store.deleteHybridConnection(namespace.name, entity.name)
      const { subscriptionId } = settings()
      assignments.deleteBelow(hybridConnectionId(subscriptionId, namespace, entity.name))
      return { existed: true }
    },
  }
}

function hybridConnectionResource(
  namespace: Namespace,
  entity: HybridConnection,
  facts: { readonly subscriptionId: string; readonly listeners: number },
): ArmResource {
  const { name, createdAt, updatedAt, requiresClientAuthorization, userMetadata } = entity
  return {
    id: hybridConnectionId(facts.subscriptionId, namespace, name),
    name,
    type: 'Microsoft.Relay/namespaces/hybridconnections',
    location: normalLocation(namespace.location),
    properties: {
      createdAt: entityTime(createdAt),
      updatedAt: entityTime(updatedAt),
      listenerCount: facts.listeners,
      requiresClientAuthorization,
      ...(userMetadata !== undefined && { userMetadata }),
    },
  }
}

/** What is stored byte for byte may still be of no use to the agent or to App Service: the feed says so by name. */
function warnOfMetadata(
  namespace: Namespace,
  { name, userMetadata }: HybridConnection,
  who: string,
  { events }: ProviderDeps,
): void {
  if (userMetadata === undefined || userMetadata === '') return
  for (const { code, level, message } of lintUserMetadata(userMetadata)) {
    if (level !== 'error') continue
    events.emit({
      type: 'entityChanged',
      level: 'warning',
      namespace: namespace.name,
      hybridConnection: name,
      who,
      code,
      message: `userMetadata was stored, but the agent and App Service cannot use it: ${message}`,
    })
  }
}
