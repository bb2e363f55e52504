import { MAX_ENTITY_NAME_CHARACTERS } from './limits.ts'

/** `name` as the caller spelled it; `suffix` is '' or begins with a slash, decoded. */
export type EntityMatch = { readonly name: string; readonly suffix: string }

/**
 * Finds the entity of a path: the longest run of leading `segments`, joined by slashes, that `has` knows. Whole
 * segments only, so `hyco2` is never `hyco`. Source: relay-protocol 1.1.
 */
export function matchEntity(
  segments: readonly string[],
  has: (name: string) => boolean,
): EntityMatch | undefined {
  let name = ''
  let match: { name: string; length: number } | undefined
  for (const [index, segment] of segments.entries()) {
    name = index === 0 ? segment : `${name}/${segment}`
    if (name.length > MAX_ENTITY_NAME_CHARACTERS) break
    if (has(name)) match = { name, length: index + 1 }
  }
  if (!match) return undefined
  const rest = segments.slice(match.length)
  return { name: match.name, suffix: rest.length === 0 ? '' : `/${rest.join('/')}` }
}
