import { isObject } from '../../../protocol/json.ts'
import type { ArmBody } from '../resource-type.ts'
import { isSame } from './functions/arguments.ts'
import { invalidTemplate } from './invalid-template.ts'

/** What a template says of one of its parameters. */
export type ParameterDefinition = ArmBody & { readonly type?: string }

/** The definition of every parameter of a template. Throws `InvalidTemplate` for given ones it does not know. */
export function parameterDefinitions(
  template: ArmBody,
  given: ArmBody,
): ReadonlyMap<string, { readonly name: string; readonly definition: ParameterDefinition }> {
  const known = isObject(template['parameters']) ? template['parameters'] : {}
  const definitions = new Map(
    Object.entries(known).map(([name, definition]) => [
      name.toLowerCase(),
      { name, definition: isObject(definition) ? resolved(definition, template) : {} },
    ]),
  )
  const unknown = Object.keys(given).filter((name) => !definitions.has(name.toLowerCase()))
  if (unknown.length > 0) {
    throw invalidTemplate(
      `the template parameters '${unknown.join(', ')}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '${[...definitions.values()].map(({ name }) => name).join(', ')}'`,
    )
  }
  return definitions
}

/**
 * A definition with all that its `$ref` stands for: so Bicep writes types of the user's own. What stands beside the
 * `$ref` wins. Throws `InvalidTemplate`.
 */
export function resolved(
  definition: ArmBody,
  template: ArmBody,
  above: readonly unknown[] = [],
): ParameterDefinition {
  const { $ref: reference, ...own } = definition
  if (typeof reference !== 'string') return definition
  const known = isObject(template['definitions']) ? template['definitions'] : {}
  const target = known[reference.replace(/^#\/definitions\//, '')]
  if (!isObject(target) || above.includes(target)) {
    throw invalidTemplate(`the template has no definition '${reference}'`)
  }
  return { ...resolved(target, template, [...above, target]), ...own }
}

/** The value that was given for a parameter; `isGiven` is false where the default counts. */
export function givenValue(
  given: ArmBody,
  name: string,
): { readonly isGiven: boolean; readonly value?: unknown } {
  const entry = Object.entries(given).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  if (!isObject(entry)) return { isGiven: false }
  if ('reference' in entry) {
    throw invalidTemplate(
      `the parameter '${name}' refers to a key vault, which is not emulated; give its value`,
    )
  }
  return 'value' in entry ? { isGiven: true, value: entry['value'] } : { isGiven: false }
}

/** Throws `InvalidTemplate` unless the value is of the type and within the limits that the definition names. */
export function checkParameter(
  name: string,
  definition: ParameterDefinition,
  value: unknown,
): void {
  const type = String(definition.type ?? 'object').toLowerCase()
  if (value === null && definition['nullable'] === true) return
  const isOfType = TYPES[type]
  if (isOfType && !isOfType(value)) {
    throw refused(name, `the provided value is not of the type '${definition.type}'`)
  }
  const { allowedValues } = definition
  const limit = (member: string) =>
    typeof definition[member] === 'number' ? definition[member] : undefined
  if (Array.isArray(allowedValues) && !isAllowed(value, allowedValues)) {
    throw refused(
      name,
      `the provided value is not part of the allowed values '${allowedValues.join(', ')}'`,
    )
  }
  const length = typeof value === 'string' || Array.isArray(value) ? value.length : undefined
  if (length !== undefined) {
    checkRange(name, length, limit('minLength'), limit('maxLength'), 'its length')
  }
  if (typeof value === 'number') {
    checkRange(name, value, limit('minValue'), limit('maxValue'), 'it')
  }
}

function checkRange(
  name: string,
  value: number,
  least = -Infinity,
  most = Infinity,
  what = 'it',
): void {
  if (value < least) throw refused(name, `${what} must be at least ${least}`)
  if (value > most) throw refused(name, `${what} must be at most ${most}`)
}

/** The types whose values are never shown again. */
export function isSecure(type: unknown): boolean {
  return /^secure/i.test(String(type))
}

/** `String`, `SecureString`, `Int`: types as answers write them. */
export function shownType(type: unknown): string {
  const name = String(type)
  const known = ['String', 'SecureString', 'Int', 'Bool', 'Object', 'SecureObject', 'Array']
  return known.find((word) => word.toLowerCase() === name.toLowerCase()) ?? name
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  securestring: (value) => typeof value === 'string',
  int: (value) => Number.isSafeInteger(value),
  bool: (value) => typeof value === 'boolean',
  object: isObject,
  secureobject: isObject,
  array: Array.isArray,
}

/** An array parameter is checked item by item, as in Azure. */
function isAllowed(value: unknown, allowed: readonly unknown[]): boolean {
  const isIn = (item: unknown) => allowed.some((other) => isSame(item, other))
  return isIn(value) || (Array.isArray(value) && value.every(isIn))
}

function refused(name: string, why: string) {
  return invalidTemplate(
    `the provided value for the template parameter '${name}' is not valid: ${why}`,
  )
}
