import type { HybridConnection, Namespace } from '../../../protocol/entity.ts'
import { resourceGroupOf } from '../../namespace/arm-ids.ts'
import type { NamespaceStore } from '../../namespace/store.ts'
import type { ResourceRef } from '../resource-type.ts'

/** A namespace, if it is in the resource group that the address names. */
export function namespaceAt(
  store: NamespaceStore,
  { scope, names }: Pick<ResourceRef, 'scope' | 'names'>,
): Namespace | undefined {
  const namespace = store.get(names[0] ?? '')
  if (!namespace || scope.resourceGroup === null) return namespace
  const group = resourceGroupOf(namespace).toLowerCase()
  return group === scope.resourceGroup.toLowerCase() ? namespace : undefined
}

export function hybridConnectionAt(
  store: NamespaceStore,
  ref: Pick<ResourceRef, 'scope' | 'names'>,
): HybridConnection | undefined {
  const namespace = namespaceAt(store, ref)
  return namespace && store.hybridConnection(namespace.name, entityName(ref.names[1] ?? ''))
}

/** A slash in a name may be written `~`. Source: management-plane 4.0. */
export function entityName(name: string): string {
  return name.replaceAll('~', '/')
}

/** Times of entities have seven digits. Source: management-plane 4.3. */
export function entityTime(time: string): string {
  return time.replace(/(\.\d{3})Z$/, '$10000Z')
}
