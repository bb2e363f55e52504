/** Resource ids of Azure Resource Manager for what the store holds. Source: management-plane 0.2, 4. */
import type { Namespace } from '../../protocol/entity.ts'

/** Resource group of namespaces that name none. */
export const DEFAULT_RESOURCE_GROUP = 'relay-emulator'

type Placed = Pick<Namespace, 'name' | 'resourceGroup'>

/** Name of the group a namespace is in. */
export function resourceGroupOf(namespace: Pick<Namespace, 'resourceGroup'>): string {
  return namespace.resourceGroup ?? DEFAULT_RESOURCE_GROUP
}

/** `/subscriptions/SUB/resourceGroups/RG`; clients look for exactly this spelling. */
export function resourceGroupId(subscriptionId: string, resourceGroup: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
}

export function namespaceId(subscriptionId: string, namespace: Placed): string {
  const group = resourceGroupId(subscriptionId, resourceGroupOf(namespace))
  return `${group}/providers/Microsoft.Relay/namespaces/${namespace.name}`
}

/** A slash in the name is written `~`, so that it stays one segment. Source: management-plane 4.0. */
export function hybridConnectionId(
  subscriptionId: string,
  namespace: Placed,
  hybridConnection: string,
): string {
  const name = hybridConnection.replaceAll('/', '~')
  return `${namespaceId(subscriptionId, namespace)}/hybridConnections/${name}`
}
