import type { ArmDeps } from './arm-deps.ts'
import type { ArmCall, ArmResource, ArmScope } from './resource-type.ts'

/** Every top-level resource of a group, or of all groups. */
export async function trackedResources(
  scope: ArmScope,
  call: ArmCall,
  { registry }: Pick<ArmDeps, 'registry'>,
): Promise<readonly ArmResource[]> {
  const lists = registry.providers.flatMap(({ types }) =>
    types
      .filter(({ isTracked }) => isTracked === true)
      .map(async (type) => (await type.list?.(call, { scope, names: [] })) ?? []),
  )
  return (await Promise.all(lists)).flat()
}

/** Deletes what is in a group: a provider's later types first, since they may stand on the earlier ones. */
export async function deleteResourcesOf(
  group: string,
  call: ArmCall,
  deps: Pick<ArmDeps, 'registry' | 'settings' | 'assignments' | 'state'>,
): Promise<void> {
  const { subscriptionId } = deps.settings()
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${group}`
  const scope = { id, subscriptionId, resourceGroup: group }
  for (const { types } of deps.registry.providers) {
    for (const type of types.filter(({ isTracked }) => isTracked === true).toReversed()) {
      for (const resource of (await type.list?.(call, { scope, names: [] })) ?? []) {
        await type.delete?.(call, { scope, names: [resource.name], id: resource.id })
      }
    }
  }
  deps.assignments.deleteBelow(id)
  deps.state.tables.deployments.deleteWhere((row) => isBelow(row.id, id))
}

function isBelow(id: string, top: string): boolean {
  return id.toLowerCase().startsWith(`${top.toLowerCase()}/`)
}
