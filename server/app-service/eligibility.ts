import { AppServiceError } from './app-service-error.ts'
import { type Pair, type PlanRow, type SiteRelayRow, pairKey, siteKey } from './entities.ts'
import {
  type HybridConnectionLimit,
  type LimitProfile,
  hybridConnectionLimit,
  skuOf,
} from './skus.ts'

/** How much of its allowance a plan, or an app, uses. */
export type LimitUse = HybridConnectionLimit & { readonly used: number }

/** What a plan allows. */
function limitOf({ sku }: Pick<PlanRow, 'sku'>, profile: LimitProfile): HybridConnectionLimit {
  const known = skuOf(sku)
  return known ? hybridConnectionLimit(known.tier, profile) : { maximum: 0, per: 'plan' }
}

/** Distinct hybrid connections: one that five apps use counts once. Source: management-plane 5.1. */
export function distinctPairs(relays: readonly SiteRelayRow[]): readonly SiteRelayRow[] {
  return [...new Map(relays.map((relay) => [pairKey(relay), relay])).values()]
}

/** Use of a plan by `relays`, all that hang on its apps; where the limit is per app, the fullest app's. */
export function planUse(
  plan: Pick<PlanRow, 'sku'>,
  relays: readonly SiteRelayRow[],
  profile: LimitProfile,
): LimitUse {
  const limit = limitOf(plan, profile)
  if (limit.per === 'plan') return { ...limit, used: distinctPairs(relays).length }
  const counts = new Map<string, number>()
  for (const { site: name, slot } of relays) {
    const key = siteKey({ name, slot })
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return { ...limit, used: Math.max(0, ...counts.values()) }
}

/**
 * Throws where an app may not have one more hybrid connection: `inPlan` are those of all apps of its plan, `atApp` its
 * own. A pair that already counts is never refused. Source: management-plane 5.1, product 5.
 */
export function checkRoom(
  pair: Pair,
  {
    plan,
    isWindowsContainer,
    inPlan,
    atApp,
    profile,
  }: {
    readonly plan: PlanRow
    readonly isWindowsContainer: boolean
    readonly inPlan: readonly SiteRelayRow[]
    readonly atApp: readonly SiteRelayRow[]
    readonly profile: LimitProfile
  },
): void {
  if (isWindowsContainer || plan.isWindowsContainer) {
    throw new AppServiceError(
      'APP_NOT_ELIGIBLE',
      'Hybrid Connections are not supported for Windows custom containers; the host of a container cannot lead its traffic.',
      'serverFarmId',
    )
  }
  const { maximum, per } = limitOf(plan, profile)
  if (maximum === 0) {
    throw new AppServiceError(
      'APP_NOT_ELIGIBLE',
      `Hybrid Connections are not available in the pricing tier ${skuOf(plan.sku)?.tier ?? plan.sku} (${plan.sku}) of plan '${plan.name}'; they need Basic, Standard, Premium or Isolated.`,
      'sku',
    )
  }
  const counted = distinctPairs(per === 'plan' ? inPlan : atApp)
  // Differs from Azure: a full plan takes one that counts already; Azure was reported to refuse it.
  if (counted.some((relay) => pairKey(relay) === pairKey(pair))) return
  if (counted.length < maximum) return
  const where = per === 'plan' ? `plan '${plan.name}'` : 'one app'
  throw new AppServiceError(
    'APP_PLAN_LIMIT',
    `Adding a Hybrid Connection failed because it would exceed the limit of ${maximum} for ${where} in ${plan.sku}; ${counted.length} are in use.`,
    'hybridConnection',
  )
}
