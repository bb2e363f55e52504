import { Ajv } from 'ajv'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { suggest } from './suggest.ts'
import type { Path } from './yaml-source.ts'

/** Where data breaks its schema, and how; `part` says whether the key or the value is at fault. */
export type SchemaProblem = {
  readonly path: Path
  readonly part: 'key' | 'value'
  readonly message: string
  /** Types the schema asks for, when the fault is the type. */
  readonly types: readonly string[]
}

/** Compiles a JSON Schema into a function that finds all problems of a value. Messages never quote the value. */
export function schemaCheck(schema: object): (data: unknown) => SchemaProblem[] {
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true })
  const validate: ValidateFunction = ajv.compile(schema)
  return (data) => (validate(data) ? [] : (validate.errors ?? []).map(toProblem))
}

function toProblem(error: ErrorObject): SchemaProblem {
  const path = pathOf(error)
  const types = error.keyword === 'type' ? [error.params['type'] as string | string[]].flat() : []
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty'])
    return { path: [...path, key], part: 'key', message: unknownKey(key, error), types }
  }
  return { path, part: 'value', message: messageOf(error, types), types }
}

function messageOf(error: ErrorObject, types: readonly string[]): string {
  const { keyword, params, data, parentSchema } = error
  switch (keyword) {
    case 'required':
      return `${params['missingProperty']} is missing`
    case 'type':
      return typeMessage(types, data)
    case 'enum':
      return `must be one of ${[...new Set((params['allowedValues'] as unknown[]).map(String))].join(', ')}`
    case 'const':
      return `must be ${params['allowedValue']}`
    case 'minimum':
      return `must be at least ${params['limit']}`
    case 'maximum':
      return `must be at most ${params['limit']}`
    case 'minLength':
      return 'must not be empty'
    case 'maxLength':
      return `must have at most ${params['limit']} characters`
    case 'pattern':
      // The schema's title says what its pattern asks for.
      return `must be ${parentSchema?.['title'] ?? `like ${params['pattern']}`}`
    default:
      return error.message ?? `breaks the rule ${keyword}`
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  object: 'a mapping',
  string: 'text',
}

function typeMessage(types: readonly string[], data: unknown): string {
  const wanted = types.map((type) => TYPE_WORDS[type] ?? type).join(' or ')
  const isQuotable = types.includes('string') && ['number', 'boolean'].includes(typeof data)
  return `must be ${wanted}${isQuotable ? '; put it in quotes' : ''}`
}

function unknownKey(key: string, { parentSchema }: ErrorObject): string {
  const known = Object.keys((parentSchema?.['properties'] as object | undefined) ?? {})
  const meant = suggest(key, known)
  return meant === undefined
    ? `unknown key; known here are ${known.join(', ')}`
    : `unknown key; did you mean ${meant}?`
}

function pathOf({ instancePath }: ErrorObject): Path {
  return instancePath
    .split('/')
    .slice(1)
    .map((step) =>
      /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~'),
    )
}
