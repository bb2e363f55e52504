/** Years whose documented limits can hold. */
export const LIMIT_PROFILES = ['2017', '2023', '2025'] as const
export type LimitProfile = (typeof LIMIT_PROFILES)[number]

export type Tier =
  | 'Free'
  | 'Shared'
  | 'Dynamic'
  | 'FlexConsumption'
  | 'Basic'
  | 'Standard'
  | 'Premium'
  | 'PremiumV2'
  | 'PremiumV3'
  | 'PremiumV4'
  | 'ElasticPremium'
  | 'Isolated'
  | 'IsolatedV2'

/** Pricing of a plan, spelled as Azure does, e.g. `P1v3` of the family `Pv3`. */
export type Sku = { readonly name: string; readonly tier: Tier; readonly family: string }

/** How many hybrid connections there may be, in a plan or at each of its apps; `maximum` 0 where there are none. */
export type HybridConnectionLimit = { readonly maximum: number; readonly per: 'plan' | 'app' }

const SKUS: readonly (readonly [pattern: RegExp, tier: Tier])[] = [
  [/^F1$/, 'Free'],
  [/^D1$/, 'Shared'],
  [/^Y1$/, 'Dynamic'],
  [/^FC1$/, 'FlexConsumption'],
  [/^B[1-3]$/, 'Basic'],
  [/^S[1-3]$/, 'Standard'],
  [/^P[1-3]$/, 'Premium'],
  [/^P[1-3]v2$/, 'PremiumV2'],
  [/^P(?:[0-3]|[1-5]m)v3$/, 'PremiumV3'],
  [/^P(?:[0-3]|[1-5]m)v4$/, 'PremiumV4'],
  [/^EP[1-3]$/, 'ElasticPremium'],
  [/^I[1-3]$/, 'Isolated'],
  [/^I(?:[1-6]|[1-5]m)v2$/, 'IsolatedV2'],
]

/** The SKU of this name, in any case; undefined when there is none. Source: management-plane 5.1. */
export function skuOf(text: string): Sku | undefined {
  const name = text.toUpperCase().replace(/(M?)V(\d)$/, (_all, memory: string, version: string) => {
    return `${memory.toLowerCase()}v${version}`
  })
  const tier = SKUS.find(([pattern]) => pattern.test(name))?.[1]
  return tier && { name, tier, family: name.replace(/\d/, '') }
}

/** Source: product 5, "App Service rules". */
export function hybridConnectionLimit(tier: Tier, profile: LimitProfile): HybridConnectionLimit {
  switch (tier) {
    case 'Free':
    case 'Shared':
    case 'Dynamic':
    case 'FlexConsumption':
      return { maximum: 0, per: 'plan' }
    case 'Basic':
      return { maximum: 5, per: 'plan' }
    case 'Standard':
      return { maximum: 25, per: 'plan' }
    case 'Premium':
    case 'PremiumV2':
    case 'PremiumV3':
    case 'PremiumV4':
    case 'ElasticPremium':
    case 'Isolated':
    case 'IsolatedV2':
      if (profile === '2017') return { maximum: 200, per: 'plan' }
      return { maximum: profile === '2023' ? 200 : 220, per: 'app' }
  }
}
