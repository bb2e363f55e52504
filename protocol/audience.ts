import { RelayError } from './errors.ts'

/** Whom a token is for: a whole namespace when `segments` is empty. Decoded, in lower case, no `$hc`. */
export type Audience = { readonly host: string; readonly segments: readonly string[] }

/**
 * Reads the `sr` of a token as it stands there. Every spelling of the official clients comes out alike. Throws
 * RELAY_TOKEN_AUDIENCE when it is no URI of a known scheme. Source: relay-protocol 2.2, steps 1 to 3.
 */
export function readAudience(resource: string): Audience {
  const uri =
    /^(?:https?|sb|wss?):\/\/(?:[^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::\d*)?(?:\/([^?#]*))?(?:[?#]|$)/is.exec(
      // Form encoders write a space as `+`; a plus of the URI itself is escaped by all of them.
      decode(resource.replaceAll('+', ' ')),
    )
  const host = uri?.[1]
  if (!host) throw new RelayError('RELAY_TOKEN_AUDIENCE')
  const segments = (uri[2] ?? '').split('/').map((segment) => decode(segment).toLowerCase())
  const first = segments.findIndex((segment) => segment !== '' && segment !== '$hc')
  const last = segments.findLastIndex((segment) => segment !== '')
  return {
    // A full name may end with a dot, in a Host header too.
    host: bareHost(host.toLowerCase()).replace(/\.$/, ''),
    segments: first === -1 ? [] : segments.slice(first, last + 1),
  }
}

/**
 * True when the audience names one of `hosts` (lower case, no port) and its segments lead the path of the call,
 * segment by segment. Source: relay-protocol 2.2, steps 4 and 5.
 */
export function audienceCovers(
  audience: Audience,
  hosts: readonly string[],
  segments: readonly string[],
): boolean {
  const { host } = audience
  if (!hosts.includes(host) && !hosts.some((name) => bareHost(name) === host)) return false
  // A slash that came as %2F separates segments on neither side alone, so both are split again.
  const path = splitAgain(segments)
  return splitAgain(audience.segments).every(
    (segment, index) => segment === path[index]?.toLowerCase(),
  )
}

/** Audiences are decoded twice, and the second time what is no escape stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function splitAgain(segments: readonly string[]): readonly string[] {
  const isSplit = segments.every((segment) => !segment.includes('/'))
  return isSplit ? segments : segments.flatMap((segment) => segment.split('/'))
}

function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
