import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { assetRoutes } from '../console/asset-routes.ts'
import { pageFolder, readAssets } from '../console/assets.ts'
import { checkRequests } from '../console/check-requests.ts'
import { serveFeed, takeUpgrades } from '../console/feed.ts'
import { SECURITY_HEADERS } from '../console/headers.ts'
import { OWN_COMPILERS } from '../console/own-compilers.ts'
import type { Sessions } from '../console/session.ts'
import { AgentError } from './agent-error.ts'
import type { AgentLogger } from './agent-log.ts'
import { type Access, controlGuard, isUser } from './control-guard.ts'
import { type ControlRoutesDeps, controlRoutes } from './control-routes.ts'
import { feedTopics } from './feed-topics.ts'
import { sessionRoutes } from './session-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'
import type { SignIns } from './sign-ins.ts'

export type ControlApiDeps = ControlRoutesDeps & {
  readonly logger: AgentLogger
  /** What the commands carry as bearer token. */
  readonly token: string
  /** Browsers that have logged in. */
  readonly sessions: Sessions
  readonly signIns: SignIns
  /** Another one at each start. */
  readonly epoch: string
  readonly now: () => number
}

export type ControlApi = {
  readonly port: number
  close(): Promise<void>
}

const API = '/api/v1'
/** Longest body, bytes: a connection string. */
const MAX_BODY_BYTES = 65_536
/** Longest name in a path: 260 characters of a hybrid connection, every one percent-encoded. */
const MAX_PARAMETER_CHARACTERS = 1_024

/** Serves the control API and its page on loopback; `port` 0 picks a free one. Rejects with the error of listening. */
export async function openControlApi(deps: ControlApiDeps, port: number): Promise<ControlApi> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    schemaController: OWN_COMPILERS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    frameworkErrors: (error, _request, reply) => void sendError(reply, toAgentError(error)),
  })
  await takeUpgrades(app)
  checkRequests(app)
  const { token, sessions } = deps
  const closing = new AbortController()
  app.addHook('preClose', (done) => {
    closing.abort()
    done()
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS).header('cache-control', 'no-store')
    const { localPort = 0 } = request.socket
    controlGuard(request, accessOf(request), { token, sessions, port: localPort })
  })
  app.setErrorHandler((error, _request, reply) => {
    const refusal = toAgentError(error)
    if (refusal.code === 'RELAY_INTERNAL') {
      deps.logger.error({ reason: (error as Error).message }, 'a request of the control API failed')
    }
    return sendError(reply, refusal)
  })
  app.setNotFoundHandler((request) => {
    throw new AgentError('RELAY_ITEM_NOT_FOUND', `nothing answers ${request.method} at this path`, {
      target: 'path',
    })
  })
  const assets = await readAssets(pageFolder('hcm'))
  await app.register(async (page) => {
    assetRoutes(page, assets)
    if (!assets.has('/'))
      page.get('/', (_request, reply) => reply.type('text/plain').send(NOT_BUILT))
  })
  await app.register(
    async (api) => {
      feedRoute(api, deps)
      sessionRoutes(api, deps)
      controlRoutes(api, deps, closing.signal)
      signInRoutes(api, deps)
    },
    { prefix: API },
  )
  const url = await app.listen({ host: '127.0.0.1', port })
  return { port: Number(new URL(url).port), close: () => app.close() }
}

const NOT_BUILT = 'The page was not built into this copy: npm run build does it.\n'

/** By the route that matched, not by the address; what matches none tells nothing to strangers. */
function accessOf({ routeOptions, method }: FastifyRequest): Access {
  const { url } = routeOptions
  if (url === undefined) return 'user'
  if (!url.startsWith(API)) return 'anyone'
  if (url === `${API}/feed`) return 'feed'
  if (url === `${API}/session/codes`) return 'owner'
  return url === `${API}/session` && method === 'POST' ? 'anyone' : 'user'
}

function feedRoute(app: FastifyInstance, deps: ControlApiDeps): void {
  const { epoch, now } = deps
  serveFeed(app, '/feed', {
    epoch,
    build: deps.service().version,
    now,
    isAllowed: (token) => isUser(token, deps),
    ...feedTopics(deps),
    refuseMore(most) {
      throw new AgentError('RELAY_TOO_MANY_FEEDS', `there are ${most} live feeds open already`, {
        next: 'close a tab of the page',
      })
    },
  })
}

/** What fastify refuses by itself keeps its status, and never its text: the JSON parser's quotes the body. */
function toAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error
  const { statusCode = 500, validation } = error as { statusCode?: number; validation?: unknown }
  if (statusCode === 413) return new AgentError('RELAY_BODY_TOO_LARGE', 'the body is too large')
  if (statusCode >= 400 && statusCode < 500) {
    const message = validation
      ? `the input is not what this path takes: ${(error as Error).message}`
      : 'the request is malformed: bad address or not JSON'
    return new AgentError('RELAY_INPUT_INVALID', message, { target: 'body' })
  }
  return new AgentError('RELAY_INTERNAL', 'the agent failed to answer; hcm logs says why')
}

function sendError(reply: FastifyReply, error: AgentError): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(error.status).send(error.body())
}
