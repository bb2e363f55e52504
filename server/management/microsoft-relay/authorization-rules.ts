import type { AuthorizationRule, Claim, Namespace } from '../../../protocol/entity.ts'
import { hybridConnectionId, namespaceId } from '../../namespace/arm-ids.ts'
import { findRule } from '../../namespace/authorization-rules.ts'
import { connectionStrings } from '../../namespace/connection-strings.ts'
import { type RuleScope, StoreError } from '../../namespace/store.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { listOf, propertiesOf, textOf } from '../body-members.ts'
import { normalLocation } from '../locations.ts'
import type {
  ArmCall,
  ArmResource,
  CollectionRef,
  ResourceRef,
  ResourceType,
} from '../resource-type.ts'
import { hybridConnectionAt, namespaceAt } from './entities.ts'

/** What a rule hangs on, found. */
type Holder = {
  readonly namespace: Namespace
  readonly scope: RuleScope
  readonly rules: readonly AuthorizationRule[]
  readonly id: string
}

/** Shared access policies of namespaces and of hybrid connections. Source: management-plane 4.4. */
export function authorizationRuleTypes(deps: ProviderDeps): ResourceType[] {
  const ofNamespace = ({ scope, names }: CollectionRef): Holder | undefined => {
    const namespace = namespaceAt(deps.store, { scope, names })
    return (
      namespace && {
        namespace,
        scope: { namespace: namespace.name },
        rules: namespace.authorizationRules,
        id: namespaceId(deps.settings().subscriptionId, namespace),
      }
    )
  }
  const ofEntity = ({ scope, names }: CollectionRef): Holder | undefined => {
    const namespace = namespaceAt(deps.store, { scope, names })
    const entity = hybridConnectionAt(deps.store, { scope, names })
    return (
      namespace &&
      entity && {
        namespace,
        scope: { namespace: namespace.name, hybridConnection: entity.name },
        rules: entity.authorizationRules,
        id: hybridConnectionId(deps.settings().subscriptionId, namespace, entity.name),
      }
    )
  }
  return [
    ruleType('namespaces/authorizationRules', ofNamespace, deps),
    ruleType('namespaces/hybridConnections/authorizationRules', ofEntity, deps),
  ]
}

function ruleType(
  type: string,
  holderOf: (collection: CollectionRef) => Holder | undefined,
  deps: ProviderDeps,
): ResourceType {
  const { store } = deps
  const parent = ({ scope, names }: ResourceRef) => holderOf({ scope, names: names.slice(0, -1) })
  const find = (ref: ResourceRef) => {
    const holder = parent(ref)
    const rule = holder && findRule(holder.rules, ref.names.at(-1) ?? '')
    return holder && rule && { holder, rule }
  }
  const demand = (ref: ResourceRef) => {
    const found = find(ref)
    if (found) return found
    const name = ref.names.at(-1) ?? ''
    throw new ArmError(404, 'NotFound', `The requested resource ${name} does not exist.`)
  }
  return {
    type,
    get: (_call, ref) => {
      const found = find(ref)
      return found && ruleResource(found.rule, found.holder)
    },
    list: (_call, ref) => {
      const holder = holderOf(ref)
      return holder?.rules.map((rule) => ruleResource(rule, holder)) ?? []
    },
    put: (_call, ref, body) => {
      const holder = parent(ref)!
      const name = ref.names.at(-1) ?? ''
      const rule = store.putRule(holder.scope, name, rightsOf(body))
      return { resource: ruleResource(rule, holder) }
    },
    delete: (_call, ref) => {
      const found = find(ref)
      if (!found) return { existed: false }
      store.deleteRule(found.holder.scope, found.rule.name)
      return { existed: true }
    },
    actions: {
      listKeys: {
        method: 'POST',
        run: (call, ref) => {
          const { holder, rule } = demand(ref)
          report('keysListed', holder, call, `the keys of rule ${rule.name} were listed`, deps)
          return { body: keysOf(rule, holder, deps) }
        },
      },
      regenerateKeys: {
        method: 'POST',
        run: (call, ref, body) => {
          const { holder, rule } = demand(ref)
          const which = keyTypeOf(body)
          const changed = store.regenerateKey(
            holder.scope,
            rule.name,
            which,
            textOf(body, 'key') || undefined,
          )
          const message = `the ${which} of rule ${rule.name} was regenerated`
          report('keysRegenerated', holder, call, message, deps)
          return { body: keysOf(changed, holder, deps) }
        },
      },
    },
  }
}

function ruleResource({ name, rights }: AuthorizationRule, holder: Holder): ArmResource {
  const isEntity = holder.scope.hybridConnection !== undefined
  return {
    id: `${holder.id}/authorizationRules/${name}`,
    name,
    type: isEntity
      ? 'Microsoft.Relay/namespaces/hybridconnections/authorizationrules'
      : 'Microsoft.Relay/Namespaces/AuthorizationRules',
    location: normalLocation(holder.namespace.location),
    properties: { rights: [...rights] },
  }
}

/** Both keys and their connection strings; where those lead is a setting. */
function keysOf(
  rule: AuthorizationRule,
  { namespace, scope }: Holder,
  { store, endpointPort, settings }: ProviderDeps,
): object {
  // Differs from Azure: unless `arm.endpoints` is `azure`, connection strings name this emulator's host and port.
  const variant = settings().endpoints
  const place = {
    namespace,
    isFirst: store.list()[0]?.name === namespace.name,
    hybridConnection: scope.hybridConnection,
    port: endpointPort(),
  }
  const { primaryKey, secondaryKey } = rule
  return {
    primaryConnectionString: connectionStrings({ ...place, rule })[variant],
    secondaryConnectionString: connectionStrings({
      ...place,
      rule: { ...rule, primaryKey: secondaryKey },
    })[variant],
    primaryKey,
    secondaryKey,
    keyName: rule.name,
  }
}

function rightsOf(body: Parameters<typeof propertiesOf>[0]): readonly Claim[] {
  const rights = listOf(propertiesOf(body), 'rights') ?? []
  // The store checks that they are rights.
  return rights.map((right) => CANONICAL.get(String(right).toLowerCase()) ?? (right as Claim))
}

const CANONICAL: ReadonlyMap<string, Claim> = new Map([
  ['listen', 'Listen'],
  ['send', 'Send'],
  ['manage', 'Manage'],
])

function keyTypeOf(body: Parameters<typeof propertiesOf>[0]): 'PrimaryKey' | 'SecondaryKey' {
  const given = textOf(body, 'keyType')?.toLowerCase()
  if (given === 'primarykey') return 'PrimaryKey'
  if (given === 'secondarykey') return 'SecondaryKey'
  throw new StoreError(
    'RELAY_INPUT_INVALID',
    'keyType must be PrimaryKey or SecondaryKey',
    'keyType',
  )
}

function report(
  type: 'keysListed' | 'keysRegenerated',
  { scope }: Holder,
  { remote }: ArmCall,
  message: string,
  { events }: ProviderDeps,
): void {
  const { namespace, hybridConnection } = scope
  events.emit({
    type,
    namespace,
    hybridConnection: hybridConnection ?? null,
    who: remote,
    message,
  })
}
