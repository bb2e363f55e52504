import { decodeEscapes } from '../../protocol/escapes.ts'

/** A management address taken apart; names are decoded and as the caller wrote them. */
export type ArmPath = {
  readonly subscriptionId: string | null
  readonly resourceGroup: string | null
  /** What follows each `providers`, the outermost first: an extension resource has more than one. */
  readonly parts: readonly ProviderPart[]
}

/** `Microsoft.Relay` and what stands behind it, e.g. `['namespaces', 'ns', 'hybridConnections', 'hc']`. */
export type ProviderPart = { readonly namespace: string; readonly segments: readonly string[] }

/**
 * Reads the path of a management address or a resource id, without query. Slashes may be doubled, words may be in any
 * case. Undefined for what is none. Source: management-plane 0.7.
 */
export function parseArmPath(path: string): ArmPath | undefined {
  const segments = path.split('/').filter((segment) => segment !== '')
  const words = segments.map((segment) => decodeEscapes(segment) ?? segment)
  let at = 0
  const take = (word: string): string | null => {
    if (words[at]?.toLowerCase() !== word || words[at + 1] === undefined) return null
    at += 2
    return words[at - 1] ?? null
  }
  const subscriptionId = take('subscriptions')
  const resourceGroup = subscriptionId === null ? null : take('resourcegroups')
  const parts: ProviderPart[] = []
  while (at < words.length) {
    const namespace = take('providers')
    if (namespace === null) return undefined
    const next = words.findIndex((word, index) => index >= at && isProviders(word, index - at))
    const end = next < 0 ? words.length : next
    parts.push({ namespace, segments: words.slice(at, end) })
    at = end
  }
  return { subscriptionId, resourceGroup, parts }
}

/** `providers` begins another part only where a type would stand. */
function isProviders(word: string, offset: number): boolean {
  return offset % 2 === 0 && word.toLowerCase() === 'providers'
}
