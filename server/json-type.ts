import type { Type as Typebox } from 'typebox'

/**
 * Builds JSON Schemas with the types of typebox and without its code, whose three hundred files take longer to load
 * than all the rest of a start. What is made here can be put into what typebox makes.
 */
export const Type = {
  String: (options = {}) => ({ type: 'string', ...options }),
  Integer: (options = {}) => ({ type: 'integer', ...options }),
  Number: (options = {}) => ({ type: 'number', ...options }),
  Boolean: (options = {}) => ({ type: 'boolean', ...options }),
  Null: (options = {}) => ({ type: 'null', ...options }),
  Unknown: (options = {}) => ({ ...options }),
  Unsafe: (schema: object) => ({ ...schema }),
  Array: (items: object, options = {}) => ({ type: 'array', items, ...options }),
  Union: (anyOf: readonly object[], options = {}) => ({ anyOf, ...options }),
  /** Keys are texts, whatever `key` is. */
  Record: (_key: object, value: object, options = {}) => ({
    type: 'object',
    additionalProperties: value,
    ...options,
  }),
  Object: (properties: Readonly<Record<string, object>>, options = {}) => {
    const required = Object.keys(properties).filter((name) => !isOptional(properties[name]))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  /** The mark is typebox's; it stands in no JSON. */
  Optional: (schema: object) =>
    Object.defineProperty({ ...schema }, OPTIONAL, { value: true, enumerable: false }),
} as unknown as Pick<typeof Typebox, BuilderName>

type BuilderName =
  | 'String'
  | 'Integer'
  | 'Number'
  | 'Boolean'
  | 'Null'
  | 'Unknown'
  | 'Unsafe'
  | 'Array'
  | 'Union'
  | 'Record'
  | 'Object'
  | 'Optional'

const OPTIONAL = '~optional'

function isOptional(schema: object | undefined): boolean {
  return schema !== undefined && OPTIONAL in schema
}
