import type { ArmRouter } from '../arm-router.ts'
import type { ArmCall, ArmScope } from '../resource-type.ts'
import type { ResourceInstance } from '../template/resource-instances.ts'

/** Deletes the top-level resources of the group that a template in complete mode does not name. */
export async function deleteUnnamed(
  scope: ArmScope,
  instances: readonly ResourceInstance[],
  call: ArmCall,
  router: ArmRouter,
): Promise<void> {
  if (scope.resourceGroup === null) return
  for (const id of await unnamed(scope, instances, call, router)) await router.remove(id, call)
}

/** Ids of those resources, what stands on others first: an app before its plan. */
export async function unnamed(
  scope: ArmScope,
  instances: readonly ResourceInstance[],
  call: ArmCall,
  router: ArmRouter,
): Promise<readonly string[]> {
  const named = instances.map(({ id }) => id.toLowerCase())
  const resources = await router.tracked(scope, call)
  return resources
    .map(({ id }) => id)
    .filter((id) => !named.includes(id.toLowerCase()))
    .toReversed()
}
