import type { ProviderDeps } from '../arm-deps.ts'
import type { ArmProvider } from '../resource-type.ts'
import { authorizationRuleTypes } from './authorization-rules.ts'
import { checkNameAvailability } from './check-name.ts'
import { hybridConnectionType } from './hybrid-connections.ts'
import { namespaceType } from './namespaces.ts'
import { networkRuleSetType } from './network-rule-sets.ts'
import { relayOperations } from './operations.ts'
import { stubTypes } from './stubs.ts'

const VERSIONS = ['2024-01-01', '2021-11-01', '2018-01-01-preview', '2017-04-01', '2016-07-01']

/** Microsoft.Relay. Source: management-plane 4. */
export function relayProvider(deps: ProviderDeps): ArmProvider {
  const types = [
    namespaceType(deps),
    hybridConnectionType(deps),
    ...authorizationRuleTypes(deps),
    networkRuleSetType(deps),
    ...stubTypes(),
  ]
  return {
    namespace: 'Microsoft.Relay',
    types,
    actions: { checkNameAvailability: checkNameAvailability(deps), operations: relayOperations },
    registration: [
      ...types.map(({ type, isTracked }) => ({
        resourceType: type,
        apiVersions: VERSIONS,
        ...(isTracked === true && {
          capabilities: 'CrossResourceGroupResourceMove, SupportsTags, SupportsLocation',
        }),
      })),
      ...['checkNameAvailability', 'operations'].map((resourceType) => ({
        resourceType,
        apiVersions: VERSIONS,
      })),
    ],
  }
}
