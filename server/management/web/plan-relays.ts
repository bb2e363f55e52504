import { siteKey } from '../../app-service/entities.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { displayLocation } from '../locations.ts'
import type { ResourceRef, ResourceType } from '../resource-type.ts'
import { LIST_EXTRAS, demandPlan, planOwner } from './plans.ts'
import { pairAt, sendKeyBody, siteRelayResource } from './site-relays.ts'
import { pairKey } from '../../app-service/entities.ts'
import { planId, siteId } from './web-ids.ts'

/** What the apps of a plan have attached, and how much of the allowance that is. Source: management-plane 5.5. */
export function planRelayTypes(deps: ProviderDeps): ResourceType[] {
  return [planRelayType(deps), planLimitType(deps)]
}

function planRelayType(deps: ProviderDeps): ResourceType {
  const { appService, settings } = deps
  const uses = (ref: ResourceRef) => {
    const plan = demandPlan(ref, deps)
    const wanted = pairKey(pairAt(ref))
    return { plan, relays: appService.relaysOf(plan).filter((row) => pairKey(row) === wanted) }
  }
  const demandUses = (ref: ResourceRef) => {
    const found = uses(ref)
    const [first] = found.relays
    if (first) return { ...found, first }
    const { hybridConnection } = pairAt(ref)
    throw new ArmError(404, 'NotFound', `No app of the plan uses '${hybridConnection}'.`)
  }
  return {
    type: 'serverfarms/hybridConnectionNamespaces/relays',
    get: (_call, ref) => {
      const { plan, relays } = uses(ref)
      const [first] = relays
      const { subscriptionId } = settings()
      return first && siteRelayResource(first, { ...planOwner(plan), subscriptionId })
    },
    delete: (call, ref) => {
      for (const relay of demandUses(ref).relays) {
        appService.detach({ name: relay.site, slot: relay.slot }, relay, call.remote)
      }
      return { existed: true }
    },
    actions: {
      sites: {
        method: 'GET',
        permission: 'sites/read',
        run: (_call, ref) => {
          const { plan, relays } = uses(ref)
          const { subscriptionId } = settings()
          const users = new Set(relays.map(({ site }) => siteKey({ name: site, slot: null })))
          // Apps alone, as objects: the Azure CLI looks for their ids.
          const value = appService
            .sitesOf(plan)
            .filter((site) => site.slot === null && users.has(siteKey(site)))
            .map((site) => ({
              id: siteId(subscriptionId, site),
              name: site.name,
              type: 'Microsoft.Web/sites',
              kind: site.kind,
              location: displayLocation(site.location),
            }))
          return { body: { value, ...LIST_EXTRAS } }
        },
      },
      listKeys: {
        method: 'POST',
        run: (call, ref) => ({ body: sendKeyBody(demandUses(ref).first, call, deps) }),
      },
    },
  }
}

function planLimitType(deps: ProviderDeps): ResourceType {
  const { appService, settings } = deps
  return {
    type: 'serverfarms/hybridConnectionPlanLimits',
    get: (_call, ref) => {
      if (ref.names[1]?.toLowerCase() !== 'limit') return undefined
      const plan = demandPlan(ref, deps)
      const { used, maximum } = appService.planUse(plan)
      return {
        id: `${planId(settings().subscriptionId, plan)}/hybridConnectionPlanLimits/limit`,
        name: 'limit',
        type: 'Microsoft.Web/serverfarms/hybridConnectionPlanLimits',
        location: displayLocation(plan.location),
        properties: { current: used, maximum },
      }
    },
  }
}
