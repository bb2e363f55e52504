import { RelayError } from './errors.ts'

/** Narrows what JSON.parse gave. Each throws RELAY_MESSAGE_INVALID and names the member at fault. */

export type JsonObject = Readonly<Record<string, unknown>>

/** Parses `text`. The fault never quotes it: a message may hold a token. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('it is not JSON')
  }
}

/** `value` as an object; `name` says what it is in the fault. */
export function objectAt(value: unknown, name: string): JsonObject {
  if (!isObject(value)) throw invalid(`${name} is not an object`)
  return value
}

/** The text member `member` of `object`. */
export function stringAt(object: JsonObject, member: string): string {
  const value = object[member]
  if (typeof value !== 'string') throw invalid(`${member} is not a text`)
  return value
}

/** The member `member` of `object` as an integer; digits in a text are taken too (relay-protocol 5.5). */
export function integerAt(object: JsonObject, member: string): number {
  const value = object[member]
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw invalid(`${member} is not an integer`)
  }
  return number
}

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(why: string): RelayError {
  return new RelayError(
    'RELAY_MESSAGE_INVALID',
    `BadRequest: The control message is malformed: ${why}.`,
  )
}
