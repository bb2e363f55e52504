import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { fastify, type FastifyInstance, type RouteOptions } from 'fastify'
import { OWN_COMPILERS } from '../../console/own-compilers.ts'
import { ErrorBody } from './schemas.ts'

/**
 * Follows the routes that are added to an app from now on. The function it answers makes the OpenAPI document of those
 * with a schema: the generator is loaded, and looks at them, when somebody asks.
 */
export function documentRoutes(app: FastifyInstance, version: string): () => Promise<unknown> {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    const isShown = schema && !('hide' in schema) && method !== 'HEAD'
    if (isShown) routes.push({ method, url, schema })
  })
  let document: Promise<unknown> | undefined
  return () => (document ??= describe(routes, version))
}

type DocumentedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema'>

/** The generator reads the routes of an app as they are added; this one serves nobody. */
async function describe(routes: readonly DocumentedRoute[], version: string): Promise<unknown> {
  const { fastifySwagger } = await import('@fastify/swagger')
  const app = fastify({ schemaController: OWN_COMPILERS, exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => () => '')
  await app.register(fastifySwagger, openApi(version))
  for (const route of routes) app.route({ ...route, handler: () => {} })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}

/** Every route of the API may answer with the one error shape. */
function openApi(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: { openapi: '3.1.0', info: { title: 'relay-emulator', version } },
    transform: ({ schema, url }) => {
      const { response } = schema
      if (!url.startsWith('/api/') || typeof response !== 'object') return { schema, url }
      return { schema: { ...schema, response: { ...response, default: ErrorBody } }, url }
    },
  }
}
