import { RelayError } from './errors.ts'
import { decodeAsciiEscapes, decodeEscapes } from './escapes.ts'

/** A listener's refusal of a sender. */
export type Rejection = { readonly statusCode: number; readonly statusDescription: string }

/**
 * The first parameter called `name`, in any case, decoded; `+` stays. Undefined when there is none; a piece without
 * `=` is none. Throws RELAY_TARGET_INVALID when its value has a broken escape.
 */
export function readParameter(rawQuery: string, name: string): string | undefined {
  return decodeValue(readRawParameter(rawQuery, name))
}

/** Like {@link readParameter}, for what form encoders write: `+` is a space. */
export function readFormParameter(rawQuery: string, name: string): string | undefined {
  return decodeValue(readRawParameter(rawQuery, name)?.replaceAll('+', ' '))
}

/** Like {@link readParameter}, as written. */
export function readRawParameter(rawQuery: string, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (let start = 0; start < rawQuery.length;) {
    const next = rawQuery.indexOf('&', start)
    const end = next === -1 ? rawQuery.length : next
    const sign = rawQuery.indexOf('=', start)
    if (sign === -1) return undefined
    if (sign < end && isParameter(rawQuery, start, sign, wanted)) {
      return rawQuery.slice(sign + 1, end)
    }
    start = end + 1
  }
  return undefined
}

/**
 * The refusal in the query of an accept address, undefined when it accepts. Both spellings are understood; the one
 * without prefix only behind the relay's own `sb-hc-action`, because before it stands the sender's own query.
 * Throws RELAY_STATUS_CODE_INVALID. Source: relay-protocol 1.2, 4.5.
 */
export function readRejection(rawQuery: string): Rejection | undefined {
  // Without an escape in it the name stands there as it is.
  if (!/%|statuscode/i.test(rawQuery)) return undefined
  const code = readParameter(rawQuery, 'sb-hc-statusCode')
  if (code !== undefined) {
    const description = readFormParameter(rawQuery, 'sb-hc-statusDescription')
    return { statusCode: readStatusCode(code), statusDescription: description ?? '' }
  }
  const appended = afterAction(rawQuery)
  const bareCode = readParameter(appended, 'statusCode')
  if (bareCode === undefined) return undefined
  const description = readParameter(appended, 'statusDescription')
  return { statusCode: readStatusCode(bareCode), statusDescription: description ?? '' }
}

/** A name of the same length is compared as it stands; any other can be the same only with escapes in it. */
function isParameter(rawQuery: string, start: number, end: number, wanted: string): boolean {
  if (end - start < wanted.length) return false
  const written = rawQuery.slice(start, end)
  if (written.length === wanted.length) return written.toLowerCase() === wanted
  return written.includes('%') && decodeAsciiEscapes(written).toLowerCase() === wanted
}

function decodeValue(raw: string | undefined): string | undefined {
  if (raw === undefined) return undefined
  const value = decodeEscapes(raw)
  if (value === undefined) throw new RelayError('RELAY_TARGET_INVALID')
  return value
}

function afterAction(rawQuery: string): string {
  const pieces = rawQuery.split('&')
  const action = pieces.findIndex((piece) => readRawParameter(piece, 'sb-hc-action') !== undefined)
  return action === -1 ? '' : pieces.slice(action + 1).join('&')
}

function readStatusCode(text: string): number {
  if (!/^[1-9]\d\d$/.test(text)) throw new RelayError('RELAY_STATUS_CODE_INVALID')
  return Number(text)
}
