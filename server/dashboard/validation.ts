import type { FastifySchemaValidationError } from 'fastify'

/** What fastify throws when a schema refuses a part of the request. */
export type ValidationError = {
  readonly validation: readonly FastifySchemaValidationError[]
  readonly validationContext: string
}

export function isValidationError(error: unknown): error is ValidationError {
  return typeof error === 'object' && error !== null && 'validation' in error
}

/** One message per field, with its JSON pointer. Values are never repeated. */
export function validationDetails(error: ValidationError): { target: string; message: string }[] {
  const byTarget = new Map<string, string>()
  for (const fault of error.validation) {
    const target = targetOf(fault)
    if (!byTarget.has(target)) byTarget.set(target, messageOf(fault))
  }
  return [...byTarget].map(([target, message]) => ({ target, message }))
}

/** The member at fault; a missing or unknown one is a child of the object that ajv names. */
function targetOf({ instancePath, params }: FastifySchemaValidationError): string {
  const member = params['missingProperty'] ?? params['additionalProperty']
  if (typeof member !== 'string') return instancePath
  return `${instancePath}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function messageOf({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === 'required') return 'is missing'
  if (keyword === 'additionalProperties') return 'is not known here'
  if (keyword === 'enum' && Array.isArray(params['allowedValues'])) {
    return `must be one of ${params['allowedValues'].join(', ')}`
  }
  return message ?? 'is invalid'
}
