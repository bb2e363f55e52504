import { isObject } from '../../protocol/json.ts'
import { ArmError } from './arm-error.ts'
import type { ArmBody } from './resource-type.ts'

/** Read members of a body. Each answers undefined for one that is left out or null, and throws 400 for another type. */

export function textOf(body: ArmBody, member: string): string | undefined {
  const value = body[member] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw wrong(member, 'text')
}

export function flagOf(body: ArmBody, member: string): boolean | undefined {
  const value = body[member] ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  throw wrong(member, 'true or false')
}

/** A whole number; digits in a text are taken too. */
export function numberOf(body: ArmBody, member: string): number | undefined {
  const value = body[member] ?? undefined
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (number === undefined || (typeof number === 'number' && Number.isSafeInteger(number))) {
    return number
  }
  throw wrong(member, 'a whole number')
}

export function objectOf(body: ArmBody, member: string): ArmBody | undefined {
  const value = body[member] ?? undefined
  if (value === undefined || isObject(value)) return value
  throw wrong(member, 'an object')
}

export function listOf(body: ArmBody, member: string): readonly unknown[] | undefined {
  const value = body[member] ?? undefined
  if (value === undefined || Array.isArray(value)) return value
  throw wrong(member, 'a list')
}

/** `properties`, an empty object when left out. */
export function propertiesOf(body: ArmBody): ArmBody {
  return objectOf(body, 'properties') ?? {}
}

export function tagsOf(body: ArmBody): Readonly<Record<string, string>> | undefined {
  const tags = objectOf(body, 'tags')
  return tags && Object.fromEntries(Object.keys(tags).map((key) => [key, textOf(tags, key) ?? '']))
}

function wrong(member: string, what: string): ArmError {
  return new ArmError(
    400,
    'InvalidRequestContent',
    `The request content was invalid and could not be deserialized: '${member} must be ${what}'.`,
    { target: member },
  )
}
