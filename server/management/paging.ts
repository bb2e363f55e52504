import { ArmError } from './arm-error.ts'
import type { ArmBody, ArmCall } from './resource-type.ts'

export type ListBody = { readonly value: readonly unknown[]; readonly nextLink?: string | null }

/** Items of a page when the caller does not say. Source: management-plane 3.4. */
const DEFAULT_TOP = 100

/**
 * A page of `items`: `$top` is its size, `$skip` and the opaque `$skipToken` of `nextLink` where it begins. `path` is
 * the address the next page is asked at; `extras` comes before what is worked out here.
 */
export function pageOf(
  items: readonly unknown[],
  call: Pick<ArmCall, 'query' | 'origin' | 'address'>,
  extras: ArmBody = {},
): ListBody {
  const top = countOf(call.query, '$top') ?? DEFAULT_TOP
  const skip = countOf(call.query, '$skiptoken') ?? countOf(call.query, '$skip') ?? 0
  const value = items.slice(skip, skip + top)
  const end = skip + value.length
  if (end >= items.length || value.length === 0) return { ...extras, value }
  const query = new URLSearchParams(call.query)
  for (const name of [...query.keys()]) {
    if (['$skip', '$skiptoken'].includes(name.toLowerCase())) query.delete(name)
  }
  query.set('$skipToken', String(end))
  return { ...extras, value, nextLink: `${call.origin}${call.address}?${query.toString()}` }
}

function countOf(query: URLSearchParams, name: string): number | undefined {
  const entry = [...query].find(([key]) => key.toLowerCase() === name)
  if (!entry) return undefined
  const count = Number(entry[1])
  if (Number.isSafeInteger(count) && count >= 0 && entry[1] !== '') return count
  throw new ArmError(400, 'InvalidQueryParameter', `${entry[0]} must be a whole number.`)
}
