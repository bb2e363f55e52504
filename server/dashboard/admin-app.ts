import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import { pageFolder, readAssets } from '../../console/assets.ts'
import { checkRequests } from '../../console/check-requests.ts'
import { takeUpgrades } from '../../console/feed.ts'
import { SECURITY_HEADERS } from '../../console/headers.ts'
import { OWN_COMPILERS } from '../../console/own-compilers.ts'
import type { AdminDeps } from './admin-deps.ts'
import { adminGuard } from './admin-guard.ts'
import { ApiError, toApiError } from './api-error.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { documentRoutes } from './open-api.ts'
import { apiRoutes } from './routes/api.ts'
import { healthRoutes } from './routes/health.ts'
import { pageRoutes } from './routes/page.ts'
import type { TypeboxProvider } from './typebox-provider.ts'

export type { AdminDeps, ReloadOutcome } from './admin-deps.ts'

/** Largest body, bytes (dashboard 4). */
const MAX_BODY_BYTES = 1_048_576
/** Longest name in a path: 260 characters of a hybrid connection, every one percent-encoded. */
const MAX_PARAMETER_CHARACTERS = 1_024
/** A request must be here within this, ms. */
const REQUEST_TIMEOUT_MS = 30_000

/** The admin port: health, metrics, CA and `/api/v1`. Built and ready, not listening; `close()` ends it. */
export async function buildAdminApp(deps: AdminDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    schemaController: OWN_COMPILERS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => {
      setCommonHeaders(reply)
      sendError(reply, toApiError(error))
    },
  }).withTypeProvider<TypeboxProvider>()

  await takeUpgrades(app)
  const closing = new AbortController()
  app.addHook('preClose', (done) => {
    closing.abort()
    done()
  })

  checkRequests(app)
  // Rows are built member by member, so the response schemas are for the document alone.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  takeJsonOnly(app)
  app.addHook('onRequest', async (request, reply) => {
    setCommonHeaders(reply)
    adminGuard(request, deps)
  })
  app.addHook('onResponse', async (request, reply) => {
    // The pattern of the route, never the address: somebody may have put a secret there.
    const route = request.routeOptions.url ?? null
    deps.logger.debug({ method: request.method, route, status: reply.statusCode }, 'admin request')
  })
  app.setErrorHandler((error, request, reply) => {
    const refusal = toApiError(error)
    if (refusal.code === 'RELAY_INTERNAL') {
      deps.logger.error(
        { err: error, route: request.routeOptions.url ?? null },
        'admin request failed',
      )
    }
    return sendError(reply, refusal)
  })
  app.setNotFoundHandler((request) => {
    throw new ApiError('RELAY_ITEM_NOT_FOUND', `nothing answers ${request.method} at this path`, {
      target: 'path',
      next: '/api/v1/openapi.json',
    })
  })

  const document = documentRoutes(app, deps.version)
  const assets = await readAssets(pageFolder('dashboard'))
  await app.register(async (routes) => {
    healthRoutes(routes, deps)
    pageRoutes(routes, assets)
  })
  if (deps.outside) await app.register(async (routes) => deps.outside?.(routes))
  await app.register(
    async (routes) => {
      apiRoutes(routes, deps, closing.signal)
      routes.get('/openapi.json', { schema: { hide: true } }, document)
    },
    { prefix: '/api/v1' },
  )
  await app.ready()
  return app
}

/** Bodies are JSON; an empty one says nothing, like `{}`. */
function takeJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, {})
    else void parse(request, String(body), done)
  })
}

function setCommonHeaders(reply: FastifyReply): void {
  reply.headers(SECURITY_HEADERS).header('cache-control', 'no-store')
}

function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(error.status)
    .type('application/json; charset=utf-8')
    .serializer(String)
    .send(JSON.stringify(error.body()))
}
