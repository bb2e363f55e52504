import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { ErrorBody } from './schemas.ts'

/** How the OpenAPI document is made from the routes. Every route of the API may answer with the one error shape. */
export function openApi(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: { openapi: '3.1.0', info: { title: 'relay-emulator', version } },
    transform: ({ schema, url }) => {
      const { response } = schema
      if (!url.startsWith('/api/') || typeof response !== 'object') return { schema, url }
      return { schema: { ...schema, response: { ...response, default: ErrorBody } }, url }
    },
  }
}
