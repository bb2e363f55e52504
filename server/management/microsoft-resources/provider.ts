import type { ProviderDeps } from '../arm-deps.ts'
import type { ArmRouter } from '../arm-router.ts'
import type { ArmProvider } from '../resource-type.ts'
import { deploymentTypes } from './deployments.ts'

const VERSIONS = ['2025-04-01', '2024-03-01', '2022-09-01', '2021-04-01', '2020-10-01']

/** Microsoft.Resources: deployments; groups and subscriptions have routes of their own. */
export function resourcesProvider(deps: ProviderDeps, router: () => ArmRouter): ArmProvider {
  const types = deploymentTypes(deps, router)
  const others = ['subscriptions', 'tenants', 'resourceGroups', 'resources', 'providers']
  return {
    namespace: 'Microsoft.Resources',
    types,
    registration: [...types.map(({ type }) => type), ...others].map((resourceType) => ({
      resourceType,
      apiVersions: VERSIONS,
    })),
  }
}
