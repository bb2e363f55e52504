import type { FastifyInstance } from 'fastify'
import type { LogFeed } from './agent-log.ts'
import { AgentError } from './agent-error.ts'
import type { Connections } from './connections.ts'
import type { AddedRow, ServiceRow, TestAnswer } from './contract.ts'
import type { SignIns } from './sign-ins.ts'

export type ControlRoutesDeps = {
  readonly connections: Connections
  readonly service: () => ServiceRow
  readonly test: (target: string) => Promise<TestAnswer>
  readonly logs: LogFeed
  readonly signIns: SignIns
}

/** How long a request may wait for the next log line, s. */
const MAX_WAIT_SECONDS = 30
/** Hybrid connections that are added at once. */
const MAX_CHOSEN = 500

type Names = { readonly Params: { readonly namespace: string; readonly name: string } }
type NewConnection =
  | { readonly connectionString: string }
  | { readonly resourceIds: readonly string[]; readonly signIn: string }

/** What commands and page do with the daemon. `closing` is aborted when the port closes. */
export function controlRoutes(
  app: FastifyInstance,
  deps: ControlRoutesDeps,
  closing: AbortSignal,
): void {
  const { connections, logs } = deps
  app.get('/service', () => deps.service())
  app.get('/connections', async () => ({ items: await connections.observe() }))
  app.post<{ Body: NewConnection }>(
    '/connections',
    { schema: { body: NEW_CONNECTION } },
    async ({ body }, reply) => {
      if ('connectionString' in body) {
        return reply.code(201).send(await connections.add(body.connectionString))
      }
      return { items: await addChosen(body, deps) }
    },
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

/** A body with one text and nothing else. */
export function textBody(name: string): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: [name],
    properties: { [name]: { type: 'string', minLength: 1 } },
  }
}

const NEW_CONNECTION = {
  oneOf: [
    textBody('connectionString'),
    {
      type: 'object',
      additionalProperties: false,
      required: ['resourceIds', 'signIn'],
      properties: {
        resourceIds: {
          type: 'array',
          minItems: 1,
          maxItems: MAX_CHOSEN,
          items: { type: 'string', minLength: 1 },
        },
        signIn: { type: 'string', minLength: 1 },
      },
    },
  ],
}

const LOGS_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: { type: 'integer', minimum: 0, default: 0 },
    wait: { type: 'integer', minimum: 0, maximum: MAX_WAIT_SECONDS, default: 0 },
  },
}

/** One after the other: each one that fails says why, and stops none of the others. */
async function addChosen(
  { resourceIds, signIn }: { readonly resourceIds: readonly string[]; readonly signIn: string },
  { connections, signIns }: ControlRoutesDeps,
): Promise<readonly AddedRow[]> {
  const connectionStringOf = signIns.finish(signIn)
  const rows: AddedRow[] = []
  for (const resourceId of resourceIds) {
    try {
      const connection = await connections.add(await connectionStringOf(resourceId))
      rows.push({ resourceId, connection, error: null })
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      const { message, next } = error
      rows.push({ resourceId, connection: null, error: { message, next } })
    }
  }
  return rows
}
