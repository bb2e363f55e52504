import type { Namespace } from '../../../protocol/entity.ts'
import { namespaceId } from '../../namespace/arm-ids.ts'
import { OPEN_NETWORK, readNetworkRules } from '../../namespace/network-rules.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { propertiesOf } from '../body-members.ts'
import { displayLocation } from '../locations.ts'
import type { ArmResource, ResourceType } from '../resource-type.ts'
import { namespaceAt } from './entities.ts'

/** Who may reach a namespace by address: the one rule set `default`. Source: management-plane 4.5. */
export function networkRuleSetType({ store, settings }: ProviderDeps): ResourceType {
  const shown = (namespace: Namespace): ArmResource => ({
    id: `${namespaceId(settings().subscriptionId, namespace)}/networkRuleSets/default`,
    name: 'default',
    type: 'Microsoft.Relay/Namespaces/NetworkRuleSets',
    location: displayLocation(namespace.location),
    properties: { ...OPEN_NETWORK, ...namespace.networkRules },
  })
  return {
    type: 'namespaces/networkRuleSets',
    get: (_call, ref) => {
      const namespace = isDefault(ref.names[1]) ? namespaceAt(store, ref) : undefined
      return namespace && shown(namespace)
    },
    list: (_call, ref) => {
      const namespace = namespaceAt(store, ref)
      return namespace ? [shown(namespace)] : []
    },
    put: (_call, { names }, body) => {
      if (!isDefault(names[1])) {
        throw new ArmError(400, 'BadRequest', "SubCode=40000. The only rule set is 'default'.")
      }
      const networkRules = readNetworkRules(propertiesOf(body))
      return { resource: shown(store.putNamespace(names[0] ?? '', { networkRules })) }
    },
  }
}

function isDefault(name: string | undefined): boolean {
  return name?.toLowerCase() === 'default'
}
