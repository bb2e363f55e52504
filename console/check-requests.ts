import type { Ajv, ValidateFunction } from 'ajv'
import type { FastifyInstance, FastifySchema } from 'fastify'
import type { FastifyValidationResult } from 'fastify/types/schema.js'

/**
 * Holds requests against the schemas of their routes, each of which is compiled when it is first needed, and so is
 * the library loaded: no start waits for them. Bodies are taken as they are; text of
 * addresses is turned into the numbers that the schema asks for. Nothing is dropped in silence, and all faults are told.
 */
export function checkRequests(
  app: Pick<FastifyInstance, 'addHook' | 'setValidatorCompiler'>,
): void {
  let validators: Validators | undefined
  app.addHook('preValidation', async (request) => {
    if (hasSchema(request.routeOptions.schema)) validators ??= await loadValidators()
  })
  app.setValidatorCompiler(({ schema, httpPart }) => {
    let compiled: ValidateFunction | undefined
    const validate: FastifyValidationResult = (data) => {
      compiled ??= validators?.[httpPart === 'body' ? 'bodies' : 'addresses'].compile(
        schema as object,
      )
      if (compiled === undefined) throw new TypeError('a schema is used before the hook has run')
      const isValid = compiled(data)
      validate.errors = compiled.errors ?? null
      return isValid
    }
    return validate
  })
}

type Validators = { readonly bodies: Ajv; readonly addresses: Ajv }

function hasSchema(schema: FastifySchema | undefined): boolean {
  return [schema?.body, schema?.params, schema?.querystring, schema?.headers].some(Boolean)
}

async function loadValidators(): Promise<Validators> {
  const { Ajv } = await import('ajv')
  return {
    bodies: new Ajv({ allErrors: true }),
    addresses: new Ajv({ allErrors: true, coerceTypes: true }),
  }
}
