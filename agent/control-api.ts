import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import { SECURITY_HEADERS } from '../console/headers.ts'
import { AgentError } from './agent-error.ts'
import type { AgentLogger, LogFeed } from './agent-log.ts'
import type { Connections } from './connections.ts'
import type { ServiceRow, TestAnswer } from './contract.ts'
import { controlGuard } from './control-guard.ts'

export type ControlApiDeps = {
  readonly connections: Connections
  readonly service: () => ServiceRow
  readonly test: (target: string) => Promise<TestAnswer>
  readonly logs: LogFeed
  readonly logger: AgentLogger
  /** What a request must carry as bearer token. */
  readonly token: string
}

export type ControlApi = {
  readonly port: number
  close(): Promise<void>
}

/** Longest body, bytes: a connection string. */
const MAX_BODY_BYTES = 65_536
/** Longest name in a path: 260 characters of a hybrid connection, every one percent-encoded. */
const MAX_PARAMETER_CHARACTERS = 1_024
/** How long a request may wait for the next log line, s. */
const MAX_WAIT_SECONDS = 30

/** Serves the control API on loopback; `port` 0 picks a free one. Rejects with the error of listening. */
export async function openControlApi(deps: ControlApiDeps, port: number): Promise<ControlApi> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // A member that nobody asked for is told, not dropped.
    ajv: { customOptions: { removeAdditional: false } },
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    frameworkErrors: (error, _request, reply) => void sendError(reply, toAgentError(error)),
  })
  const closing = new AbortController()
  app.addHook('preClose', (done) => {
    closing.abort()
    done()
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS).header('cache-control', 'no-store')
    controlGuard(request, { port: request.socket.localPort ?? 0, token: deps.token })
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
  await app.register(async (api) => routes(api, deps, closing.signal), { prefix: '/api/v1' })
  const url = await app.listen({ host: '127.0.0.1', port })
  return { port: Number(new URL(url).port), close: () => app.close() }
}

type Names = { readonly Params: { readonly namespace: string; readonly name: string } }

function routes(app: FastifyInstance, deps: ControlApiDeps, closing: AbortSignal): void {
  const { connections, logs } = deps
  app.get('/service', () => deps.service())
  app.get('/connections', async () => ({ items: await connections.observe() }))
  app.post<{ Body: { connectionString: string } }>(
    '/connections',
    { schema: { body: textBody('connectionString') } },
    async ({ body }, reply) => reply.code(201).send(await connections.add(body.connectionString)),
  )
  app.get<Names>('/connections/:namespace/:name', async ({ params }) => {
    const connection = connections.find(params.namespace, params.name)
    await connection.observe()
    return connection.row
  })
  app.delete<Names>('/connections/:namespace/:name', async ({ params }, reply) => {
    await connections.remove(params.namespace, params.name)
    return reply.code(204).send()
  })
  app.post<Names>('/connections/:namespace/:name/restart', ({ params }) =>
    connections.restart(params.namespace, params.name),
  )
  app.post('/refresh', async () => ({ items: await connections.refresh() }))
  app.post<{ Body: { target: string } }>(
    '/tests',
    { schema: { body: textBody('target') } },
    ({ body }) => deps.test(body.target),
  )
  app.get<{ Querystring: { after: number; wait: number } }>(
    '/logs',
    { schema: { querystring: LOGS_QUERY } },
    async ({ query: { after, wait } }, reply) => {
      if (wait > 0 && logs.since(after).length === 0) {
        const left = new AbortController()
        reply.raw.once('close', () => left.abort())
        const limit = AbortSignal.timeout(wait * 1_000)
        await logs.next(AbortSignal.any([left.signal, limit, closing]))
      }
      return { items: logs.since(after) }
    },
  )
}

const LOGS_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: { type: 'integer', minimum: 0, default: 0 },
    wait: { type: 'integer', minimum: 0, maximum: MAX_WAIT_SECONDS, default: 0 },
  },
}

/** A body with one text and nothing else. */
function textBody(name: string): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: [name],
    properties: { [name]: { type: 'string', minLength: 1 } },
  }
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
