import type { PlanRow } from '../../app-service/entities.ts'
import { skuOf } from '../../app-service/skus.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { flagOf, numberOf, objectOf, propertiesOf, tagsOf, textOf } from '../body-members.ts'
import { displayLocation, normalLocation } from '../locations.ts'
import type { ArmBody, ArmResource, ResourceRef, ResourceType } from '../resource-type.ts'
import { siteRelayResource } from './site-relays.ts'
import { asArm } from './web-errors.ts'
import { planId } from './web-ids.ts'

/** Hosting plans. Source: management-plane 5.1, 5.5. */
export function planType(deps: ProviderDeps): ResourceType {
  const { appService, settings } = deps
  const shown = (plan: PlanRow) => planResource(plan, deps)
  const find = (ref: ResourceRef) => planAt(ref, deps)
  const write = (ref: ResourceRef, body: ArmBody) => {
    const plan = readPlan(ref, body, find(ref))
    return { resource: shown(asArm(() => appService.putPlan(plan))) }
  }
  return {
    type: 'serverfarms',
    isTracked: true,
    listExtras: LIST_EXTRAS,
    get: (_call, ref) => {
      const plan = find(ref)
      return plan && shown(plan)
    },
    list: (_call, { scope }) =>
      appService
        .plans()
        .filter(({ resourceGroup }) => isIn(scope.resourceGroup, resourceGroup))
        .map(shown),
    put: (_call, ref, body) => write(ref, body),
    patch: (_call, ref, body) => write(ref, body),
    delete: (_call, ref) => {
      const plan = find(ref)
      return { existed: plan !== undefined && asArm(() => appService.deletePlan(plan)) }
    },
    actions: {
      hybridConnectionRelays: {
        method: 'GET',
        permission: 'hybridConnectionRelays/read',
        run: (_call, ref) => {
          const { subscriptionId } = settings()
          const plan = demandPlan(ref, deps)
          const value = appService
            .pairsOf(plan)
            .map((relay) => siteRelayResource(relay, { ...planOwner(plan), subscriptionId }))
          return { body: { value, ...LIST_EXTRAS } }
        },
      },
    },
  }
}

/** What lists of Microsoft.Web say besides `value`. */
export const LIST_EXTRAS = { nextLink: null, id: null }

/** Whether a resource of `group` belongs to a list of `wanted`, null for all groups. */
export function isIn(wanted: string | null, group: string): boolean {
  return wanted === null || wanted.toLowerCase() === group.toLowerCase()
}

function planAt(
  { scope, names }: Pick<ResourceRef, 'scope' | 'names'>,
  { appService }: ProviderDeps,
): PlanRow | undefined {
  return appService.plan({ resourceGroup: scope.resourceGroup ?? '', name: names[0] ?? '' })
}

/** Throws 404. */
export function demandPlan(ref: Pick<ResourceRef, 'scope' | 'names'>, deps: ProviderDeps): PlanRow {
  const plan = planAt(ref, deps)
  if (plan) return plan
  throw new ArmError(404, 'ResourceNotFound', `The plan '${ref.names[0]}' was not found.`)
}

/** How a relay's row looks from its plan. */
export function planOwner({ name, resourceGroup, location }: PlanRow) {
  return {
    id: (subscriptionId: string) => planId(subscriptionId, { name, resourceGroup }),
    location,
    type: 'serverfarms',
  } as const
}

function readPlan(
  { scope, names }: ResourceRef,
  body: ArmBody,
  known: PlanRow | undefined,
): PlanRow {
  const properties = propertiesOf(body)
  const sku = objectOf(body, 'sku') ?? {}
  const given = textOf(sku, 'name')
  const found = skuOf(given ?? known?.sku ?? 'F1')
  if (!found) {
    throw new ArmError(
      400,
      'BadRequest',
      `The SKU '${given}' is not known. Known are F1, D1, Y1, B1 to B3, S1 to S3, P1 to P3, P1v2 to P3v2, P0v3 to P3v3, EP1 to EP3, I1 to I3 and I1v2 to I6v2.`,
      { target: 'sku' },
    )
  }
  const location = textOf(body, 'location') ?? known?.location
  if (location === undefined) {
    throw new ArmError(
      400,
      'LocationRequired',
      'The location property is required for this definition.',
    )
  }
  const isLinux = flagOf(properties, 'reserved') ?? known?.isLinux ?? false
  const isContainer =
    flagOf(properties, 'hyperV') === true || flagOf(properties, 'isXenon') === true
  const isStated = 'hyperV' in properties || 'isXenon' in properties
  return {
    name: names[0] ?? '',
    resourceGroup: scope.resourceGroup ?? '',
    location: normalLocation(location),
    sku: found.name,
    capacity: numberOf(sku, 'capacity') ?? known?.capacity ?? 1,
    kind: textOf(body, 'kind') ?? known?.kind ?? (isLinux ? 'linux' : 'app'),
    isLinux,
    isWindowsContainer: isStated ? isContainer : (known?.isWindowsContainer ?? false),
    tags: tagsOf(body) ?? known?.tags ?? {},
  }
}

function planResource(plan: PlanRow, { appService, settings }: ProviderDeps): ArmResource {
  const { subscriptionId } = settings()
  const sku = skuOf(plan.sku)
  const region = displayLocation(plan.location)
  const number = numberFor(plan)
  return {
    id: planId(subscriptionId, plan),
    name: plan.name,
    type: 'Microsoft.Web/serverfarms',
    kind: plan.kind,
    location: region,
    tags: Object.keys(plan.tags).length > 0 ? plan.tags : null,
    properties: {
      serverFarmId: number,
      name: plan.name,
      workerSize: 'Default',
      workerSizeId: 0,
      workerTierName: null,
      numberOfWorkers: plan.capacity,
      currentWorkerSize: 'Default',
      currentWorkerSizeId: 0,
      currentNumberOfWorkers: plan.capacity,
      status: 'Ready',
      webSpace: `${plan.resourceGroup}-${region.replaceAll(' ', '')}webspace`,
      subscription: subscriptionId,
      maximumNumberOfWorkers: 10,
      planName: 'VirtualDedicatedPlan',
      computeMode: sku?.tier === 'Dynamic' ? 'Dynamic' : 'Dedicated',
      siteMode: null,
      geoRegion: region,
      perSiteScaling: false,
      elasticScaleEnabled: false,
      maximumElasticWorkerCount: 1,
      numberOfSites: appService.sitesOf(plan).filter(({ slot }) => slot === null).length,
      isSpot: false,
      kind: plan.kind,
      resourceGroup: plan.resourceGroup,
      reserved: plan.isLinux,
      isXenon: plan.isWindowsContainer,
      hyperV: plan.isWindowsContainer,
      mdmId: `waws-prod-emu-001_${number}`,
      targetWorkerCount: 0,
      targetWorkerSizeId: 0,
      provisioningState: 'Succeeded',
      zoneRedundant: false,
    },
    sku: {
      name: plan.sku,
      tier: sku?.tier ?? plan.sku,
      size: plan.sku,
      family: sku?.family ?? plan.sku,
      capacity: plan.capacity,
    },
  }
}

/** A number that stays the same for a plan of this name. */
function numberFor({ resourceGroup, name }: PlanRow): number {
  let sum = 0
  for (const character of `${resourceGroup}/${name}`.toLowerCase()) {
    sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 90_000
  }
  return 10_000 + sum
}
