import type { Pair, SiteRow } from '../../app-service/entities.ts'
import { hybridConnectionId, namespaceId } from '../../namespace/arm-ids.ts'
import { findRule } from '../../namespace/authorization-rules.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import type { ArmCall } from '../resource-type.ts'

/**
 * Differs from Azure: an attachment without a `sendKeyValue` gets the key of the rule that it names, if its author may
 * list that key; what Azure does then is not documented.
 *
 * Throws 403 `AuthorizationFailed`. A key that is given, or that the app holds already, needs no permission.
 */
export function demandKeyPermission(
  { principal }: Pick<ArmCall, 'principal'>,
  attachment: {
    readonly site: SiteRow
    readonly pair: Pair
    readonly keyName: string | undefined
    readonly key: string | undefined
  },
  { appService, store, settings, authorization }: ProviderDeps,
): void {
  const { site, pair, key } = attachment
  if (key) return
  const known = appService.relay(site, pair)
  const keyName = attachment.keyName || known?.sendKeyName || ''
  const isKept = known?.sendKeyName.toLowerCase() === keyName.toLowerCase()
  const namespace = store.get(pair.namespace)
  if (isKept || !namespace) return
  const entity = store.hybridConnection(pair.namespace, pair.hybridConnection)
  const { subscriptionId } = settings()
  const isOwn = findRule(entity?.authorizationRules ?? [], keyName) !== undefined
  const [type, holder] = isOwn
    ? ['hybridConnections/', hybridConnectionId(subscriptionId, namespace, entity?.name ?? '')]
    : ['', namespaceId(subscriptionId, namespace)]
  authorization.demand(
    principal,
    `Microsoft.Relay/namespaces/${type}authorizationRules/listKeys/action`,
    `${holder}/authorizationRules/${keyName}`,
  )
}
