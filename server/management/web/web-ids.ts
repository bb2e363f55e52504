import type { PlanRef, SiteRef, SiteRelayRow } from '../../app-service/entities.ts'
import { hybridConnectionId, resourceGroupId } from '../../namespace/arm-ids.ts'
import { ArmError } from '../arm-error.ts'
import { parseArmPath } from '../arm-path.ts'
import type { ResourceRef } from '../resource-type.ts'

/** Ids of Microsoft.Web. Source: management-plane 5. */

type Placed = { readonly resourceGroup: string; readonly name: string }

export function planId(subscriptionId: string, plan: Placed): string {
  return `${web(subscriptionId, plan)}/serverfarms/${plan.name}`
}

export function siteId(subscriptionId: string, site: Placed & SiteRef): string {
  const slot = site.slot === null ? '' : `/slots/${site.slot}`
  return `${web(subscriptionId, site)}/sites/${site.name}${slot}`
}

/** Spelled as clients look for it, whatever was sent (management-plane 0.2). */
export function relayArmUri(subscriptionId: string, relay: SiteRelayRow): string {
  const namespace = { name: relay.namespace, resourceGroup: relay.relayGroup }
  return hybridConnectionId(subscriptionId, namespace, relay.hybridConnection)
}

/** Segments of `hybridConnectionNamespaces/NS/relays/HC`. */
export function relayPath({ namespace, hybridConnection }: SiteRelayRow): string {
  return `hybridConnectionNamespaces/${namespace}/relays/${hybridConnection.replaceAll('/', '~')}`
}

/** The app or slot that an address below it is about: `isSlot` when its type is one of slots. */
export function siteAt({ names }: Pick<ResourceRef, 'names'>, isSlot: boolean): SiteRef {
  return { name: names[0] ?? '', slot: isSlot ? (names[1] ?? '') : null }
}

/** Reads the id of a plan; a bare name is one of the app's own group. Throws 400. */
export function planOf(serverFarmId: string, resourceGroup: string): PlanRef {
  if (!serverFarmId.includes('/')) return { resourceGroup, name: serverFarmId }
  const path = parseArmPath(serverFarmId)
  const [kind, name] = path?.parts.at(-1)?.segments ?? []
  if (kind?.toLowerCase() === 'serverfarms' && name !== undefined) {
    return { resourceGroup: path?.resourceGroup ?? resourceGroup, name }
  }
  throw new ArmError(400, 'BadRequest', `'${serverFarmId}' is not the id of a plan.`, {
    target: 'serverFarmId',
  })
}

function web(subscriptionId: string, { resourceGroup }: Placed): string {
  return `${resourceGroupId(subscriptionId, resourceGroup)}/providers/Microsoft.Web`
}
