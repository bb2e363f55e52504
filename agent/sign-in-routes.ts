import type { FastifyInstance } from 'fastify'
import type { Connections } from './connections.ts'
import { isNamed } from './connection-names.ts'
import type { SignIns } from './sign-ins.ts'

export type SignInRoutesDeps = {
  readonly signIns: SignIns
  readonly connections: Pick<Connections, 'all'>
}

type Id = { readonly Params: { readonly id: string } }

/** The dialog Select with Azure. No token and no key is in any of the answers. Source: dashboard 5, + New. */
export function signInRoutes(
  app: FastifyInstance,
  { signIns, connections }: SignInRoutesDeps,
): void {
  const isAdded = (namespace: string, name: string) =>
    connections.all.some(({ names }) => isNamed(names, namespace, name))
  app.post('/signIns', async (_request, reply) => reply.code(201).send(await signIns.start()))
  app.get<Id>('/signIns/:id', ({ params }) => signIns.row(params.id))
  app.delete<Id>('/signIns/:id', async ({ params }, reply) => {
    signIns.drop(params.id)
    return reply.code(204).send()
  })
  app.get<Id>('/signIns/:id/subscriptions', async ({ params }) => ({
    items: await signIns.subscriptions(params.id),
  }))
  app.get<Id & { Querystring: { subscription: string } }>(
    '/signIns/:id/hybridConnections',
    { schema: { querystring: SUBSCRIPTION } },
    async ({ params, query }) => ({
      items: await signIns.hybridConnections(params.id, query.subscription, isAdded),
    }),
  )
}

const SUBSCRIPTION = {
  type: 'object',
  additionalProperties: false,
  required: ['subscription'],
  properties: { subscription: { type: 'string', minLength: 1 } },
}
