import type { ProviderDeps } from '../arm-deps.ts'
import type { ArmProvider } from '../resource-type.ts'
import { planRelayTypes } from './plan-relays.ts'
import { planType } from './plans.ts'
import { siteConfigTypes } from './site-config.ts'
import { siteRelayTypes } from './site-relays.ts'
import { siteTypes } from './sites.ts'
import { checkSiteName, geoRegions, webAppStacks } from './web-actions.ts'

const VERSIONS = [
  '2025-05-01',
  '2024-11-01',
  '2024-04-01',
  '2023-12-01',
  '2023-01-01',
  '2022-09-01',
  '2022-03-01',
  '2021-03-01',
  '2021-02-01',
  '2020-12-01',
  '2019-08-01',
  '2018-11-01',
  '2018-02-01',
  '2016-09-01',
  '2016-08-01',
]

/** Microsoft.Web. Source: management-plane 5. */
export function webProvider(deps: ProviderDeps): ArmProvider {
  const types = [
    planType(deps),
    ...planRelayTypes(deps),
    ...siteTypes(deps),
    ...siteRelayTypes(deps),
    ...siteConfigTypes(deps),
  ]
  const actions = {
    checkNameAvailability: checkSiteName(deps),
    webAppStacks,
    geoRegions,
  }
  return {
    namespace: 'Microsoft.Web',
    types,
    actions,
    registration: [
      ...types.map(({ type, isTracked }) => ({
        resourceType: type,
        apiVersions: VERSIONS,
        ...(isTracked === true && {
          capabilities: 'CrossResourceGroupResourceMove, SupportsTags, SupportsLocation',
        }),
      })),
      ...Object.keys(actions).map((resourceType) => ({ resourceType, apiVersions: VERSIONS })),
    ],
  }
}
