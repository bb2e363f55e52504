import { randomUUID } from 'node:crypto'
import type { Server } from 'node:https'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { OWN_COMPILERS } from '../../console/own-compilers.ts'
import { entraRoutes } from '../entra/entra-routes.ts'
import { takeForms } from '../entra/form.ts'
import { graphRoutes } from '../entra/graph-routes.ts'
import { ArmApi, JSON_TYPE } from './arm-api.ts'
import type { ArmDeps } from './arm-deps.ts'
import { ArmError, toArmError } from './arm-error.ts'
import { cloudMetadata } from './cloud-metadata.ts'
import { groupRoutes } from './group-routes.ts'
import { providerRoutes } from './provider-routes.ts'
import { resourceRoutes } from './resource-routes.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

/** Largest body, bytes: that of a template in Azure. */
const MAX_BODY_BYTES = 4 * 1024 * 1024
/** Longest name in a path. */
const MAX_PARAMETER_CHARACTERS = 4_096

/**
 * ARM and Entra ID, for any `Host`: addresses are built from what the client wrote there. Requests come by `routing`;
 * `server`, whose connections they come over, is ended by whoever has opened it.
 */
export async function buildArmApp(deps: ArmDeps, server: Server): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    serverFactory: () => server,
    bodyLimit: MAX_BODY_BYTES,
    schemaController: OWN_COMPILERS,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: MAX_PARAMETER_CHARACTERS,
      querystringParser: () => ({}),
    },
    frameworkErrors: (error, request, reply) => {
      setCommonHeaders(request, reply)
      void sendArmError(reply, toArmError(error))
    },
  })
  app.addHook('onRequest', async (request, reply) => setCommonHeaders(request, reply))
  app.addHook('onResponse', async (request, reply) => {
    // The pattern of the route, never the address: somebody may have put a secret there.
    const route = request.routeOptions.url ?? null
    deps.logger.debug({ method: request.method, route, status: reply.statusCode }, 'arm request')
  })
  app.setErrorHandler((error, request, reply) => {
    const refusal = toArmError(error)
    if (refusal.status === 500) {
      const route = request.routeOptions.url ?? null
      deps.logger.error({ err: error, route }, 'arm request failed')
    }
    return sendArmError(reply, refusal)
  })
  app.setNotFoundHandler((request) => {
    throw new ArmError(404, 'NotFound', `Nothing answers ${request.method} at this address.`)
  })

  const api = new ArmApi(deps)
  await app.register(async (routes) => {
    takeForms(routes)
    entraRoutes(routes, deps.entra)
  })
  await app.register(async (routes) => {
    takeText(routes)
    graphRoutes(routes, {
      directory: deps.entra.directory,
      demandToken: (request) => api.callOf(request, ['https://graph.microsoft.com']),
    })
    routes.get('/metadata/endpoints', (request, reply) =>
      reply.type(JSON_TYPE).send(JSON.stringify(cloudMetadata(request, deps.settings()))),
    )
    subscriptionRoutes(routes, api)
    groupRoutes(routes, api)
    providerRoutes(routes, api)
    resourceRoutes(routes, api)
  })
  await app.ready()
  return app
}

/** Bodies stay text until it is known who reads them, whatever type they claim. */
function takeText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
}

/** Source: management-plane 3.3. */
function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const id = randomUUID()
  const clientId = request.headers['x-ms-client-request-id']
  const correlation = request.headers['x-ms-correlation-request-id'] ?? clientId ?? id
  void reply.headers({
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'x-content-type-options': 'nosniff',
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': String(correlation),
    'x-ms-routing-request-id': `LOCAL:${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}:${id}`,
    ...(clientId !== undefined && { 'x-ms-client-request-id': String(clientId) }),
  })
}

function sendArmError(reply: FastifyReply, error: ArmError): FastifyReply {
  return reply
    .code(error.status)
    .headers(error.headers)
    .type(JSON_TYPE)
    .send(JSON.stringify(error.body()))
}
