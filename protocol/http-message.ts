import type { ResponseMessage } from './control-message.ts'
import { type HeaderList, joinHeaders } from './headers.ts'

/** Headers that belong to one connection and are made anew on the next. Source: relay-protocol 5.3, 5.5. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'close',
  'keep-alive',
  'proxy-connection',
])
const REQUEST_FRAMING: ReadonlySet<string> = new Set([...FRAMING, 'expect'])
/** Never taken away by being named in `Connection`. */
const KEPT: ReadonlySet<string> = new Set(['host', 'via'])

/**
 * The target a listener gets: the path with its entity, ASCII and UTF-8 escapes decoded but for those that would
 * change its parts (`/`, `?`, `#`, `%`, controls), and the filtered query. Source: relay-protocol 5.2.
 */
export function requestTarget(path: string, filteredQuery: string): string {
  const decoded = path.includes('%') ? decodePath(path) : path
  return `/${decoded}${filteredQuery === '' ? '' : `?${filteredQuery}`}`
}

/**
 * The headers a listener gets: framing and `Expect` removed, `Host` kept, `Via` added, repeats joined. Credentials
 * are the caller's business. Source: relay-protocol 5.3.
 */
export function requestHeaders(headers: HeaderList, viaHost: string): HeaderList {
  return joinHeaders([...withoutFraming(headers, REQUEST_FRAMING), ['Via', `1.1 ${viaHost}`]])
}

/** Bytes of names and values, as the limit for a control channel counts them. */
export function headerBytes(headers: HeaderList): number {
  return headers.reduce(
    (total, [name, value]) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
}

/** A listener's answer as it goes to the sender. */
export type ResponseHead = {
  readonly status: number
  /** Null where the listener gave none: the standard phrase of the status. */
  readonly reason: string | null
  /** Without framing; `Via` added. */
  readonly headers: HeaderList
  /** Names of headers that could not be sent as the listener wrote them: dropped, or with characters replaced. */
  readonly altered: readonly string[]
}

/**
 * What the sender gets of a response message. Any status from 200 passes; others cannot be a final answer and give
 * undefined. Source: relay-protocol 5.5.
 *
 * A header that no line can hold does not cost the whole answer: one with an impossible name is dropped; in values
 * line breaks become blanks, and other control characters and what Latin-1 cannot hold become `?`.
 */
export function responseHead(message: ResponseMessage, viaHost: string): ResponseHead | undefined {
  const { statusCode: status, statusDescription, responseHeaders } = message
  if (!Number.isInteger(status) || status < 200 || status > 999) return undefined
  const altered: string[] = []
  const vias: [string, string][] = []
  const headers: [string, string][] = []
  for (const [name, value] of withoutFraming(responseHeaders, FRAMING)) {
    const key = name.toLowerCase()
    if (key === 'host') continue
    const isNamed = isToken(name)
    const clean = cleanFieldValue(value)
    if (!isNamed || clean !== value) altered.push(name)
    if (isNamed) (key === 'via' ? vias : headers).push([name, clean])
  }
  return {
    status,
    reason: statusDescription,
    headers: [...headers, ...joinHeaders([...vias, ['Via', `1.1 ${viaHost}`]])],
    altered,
  }
}

/** True when an answer to `method` with `status` has a body. Source: RFC 9110 6.4.1. */
export function hasResponseBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304
}

function withoutFraming(headers: HeaderList, framing: ReadonlySet<string>): HeaderList {
  const named = new Set<string>()
  const kept = headers.filter(([name, value]) => {
    const key = name.toLowerCase()
    if (key === 'connection') {
      for (const option of value.split(',')) named.add(option.trim().toLowerCase())
    }
    return !framing.has(key)
  })
  if (named.size === 0) return kept
  return kept.filter(([name]) => {
    const key = name.toLowerCase()
    return !named.has(key) || KEPT.has(key)
  })
}

function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    run.replace(/(?:%(?!2f|3f|23|25|[01][0-9a-f]|7f)[0-9a-f]{2})+/gi, (escapes) => {
      try {
        const decoded = decodeURIComponent(escapes)
        // Those of C1 are two escapes long.
        return /\p{Cc}/u.test(decoded) ? escapes : decoded
      } catch {
        return escapes
      }
    }),
  )
}

function isToken(name: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
}

/** Latin-1 without control characters but the tab: what a header line can hold. */
function cleanFieldValue(value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  return value.replace(/[\r\n]/g, ' ').replace(/[^\t\x20-\x7e\x80-\xff]/gu, '?')
}
