import type { IncomingHttpHeaders } from 'node:http'

/** Which listeners a sender asks for; ids in lower case. Undefined means no wish. Source: relay-protocol 5.9. */
export type ListenerFilter = {
  readonly allowed: ReadonlySet<string> | undefined
  readonly disallowed: ReadonlySet<string>
}

const NO_WISH: ListenerFilter = { allowed: undefined, disallowed: new Set() }

/** Reads `Microsoft-Relay-AllowedListeners` and `-DisallowedListeners`. */
export function readListenerFilter(headers: IncomingHttpHeaders): ListenerFilter {
  const allowed = headers['microsoft-relay-allowedlisteners']
  const disallowed = headers['microsoft-relay-disallowedlisteners']
  if (allowed === undefined && disallowed === undefined) return NO_WISH
  return { allowed: allowed === undefined ? undefined : ids(allowed), disallowed: ids(disallowed) }
}

/** The disallowed list wins. */
export function passesFilter(filter: ListenerFilter, listenerId: string): boolean {
  if (filter.disallowed.has(listenerId)) return false
  return filter.allowed === undefined || filter.allowed.has(listenerId)
}

/** Answers a number from 0 to `count` - 1. */
export type Pick = (count: number) => number

/** Random choice, the same for the same seed. Mulberry32. */
export function randomPick(seed: number): Pick {
  let state = seed >>> 0
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
    return Math.floor(fraction * count)
  }
}

/** One after the other, as the service did in 2017. */
export function roundRobinPick(): Pick {
  let next = 0
  return (count) => next++ % count
}

function ids(header: string | string[] | undefined): ReadonlySet<string> {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  const list = text.split(',').map((id) => id.trim().toLowerCase())
  return new Set(list.filter((id) => id !== ''))
}
