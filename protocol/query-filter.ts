import { decodeAsciiEscapes, escapeNonAscii } from './escapes.ts'

/**
 * The part of a sender's query that its listener may see. Takes and gives the raw text after the first `?`; gives
 * '' when nothing is left. Drops each `sb-hc-*=...` piece and keeps the others as written and in order, but writes
 * bytes from 0x80 as escapes with upper-case hex. Source: relay-protocol 1.3.
 */
export function filterQuery(rawQuery: string): string {
  if (rawQuery === '') return ''
  const kept = rawQuery.split('&').filter((piece) => !isRelayParameter(piece))
  const query = kept.join('&')
  if (PLAIN.test(query)) return query
  return escapeNonAscii(query).replace(/%[89a-f][0-9a-f]/gi, (escape) => escape.toUpperCase())
}

/** ASCII without escapes. */
const PLAIN = /^[\x00-\x24\x26-\x7f]*$/

/** A piece without `=` is no parameter of the relay, whatever its name. */
function isRelayParameter(piece: string): boolean {
  const end = piece.indexOf('=')
  if (end === -1) return false
  const name = piece.slice(0, end)
  const decoded = name.includes('%') ? decodeAsciiEscapes(name) : name
  return decoded.toLowerCase().startsWith('sb-hc-')
}
