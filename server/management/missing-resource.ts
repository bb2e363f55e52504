import { ArmError } from './arm-error.ts'
import type { ArmProvider, CollectionRef, ResourceType } from './resource-type.ts'

/** `Microsoft.Relay/namespaces/NS`. */
export function pathOf(
  { namespace }: ArmProvider,
  { type }: ResourceType,
  names: readonly string[],
) {
  const pairs = type.split('/').map((segment, index) => `${segment}/${names[index] ?? ''}`)
  return `${namespace}/${pairs.join('/')}`
}

/** 404 for a resource that is not there. Source: management-plane 3.1. */
export function missing(
  provider: ArmProvider,
  type: ResourceType,
  { scope, names }: CollectionRef,
): ArmError {
  const name = pathOf(provider, type, names)
  const where = scope.resourceGroup === null ? '' : ` under resource group '${scope.resourceGroup}'`
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${name}'${where} was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )
}
