import { createRequire } from 'node:module'
import type { Ajv } from 'ajv'

/** The checker of JSON Schemas, loaded when it is first needed, for callers that cannot wait for an import. */
export function loadAjv(): typeof Ajv {
  const { Ajv: loaded } = createRequire(import.meta.url)('ajv') as typeof import('ajv')
  return loaded
}
