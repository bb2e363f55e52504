import { findHybridConnection, findNamespace, itemNotFound } from '../dashboard/find-entity.ts'
import { ListQuery, page, pageOf } from '../dashboard/list.ts'
import { NoContent, Nothing, oneOf, pathNames, strict } from '../dashboard/schemas.ts'
import type { AdminApp } from '../dashboard/typebox-provider.ts'
import { Type } from '../json-type.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { FaultPlan, RefusalAnswer } from './fault-plan.ts'
import type { ListenerFaults } from './listener-faults.ts'

const tags = ['faults']
const ENTITY = '/namespaces/:ns/hybridConnections/:hc'
const params = pathNames('ns', 'hc')
/** Statuses that a listener may reject with (relay-protocol 4.5). */
const Answer = Type.Unsafe<RefusalAnswer>({
  anyOf: [
    { type: 'integer', minimum: 100, maximum: 999 },
    { type: 'string', enum: ['timeout'] },
  ],
})
const Fault = strict({
  id: Type.String(),
  namespace: Type.String(),
  hybridConnection: Type.String(),
  answer: Answer,
})
const Affected = strict({ listeners: Type.Integer() })
const DropBody = strict({ how: Type.Optional(oneOf('1001', '1011', 'cut')) })

/** Bad weather under `/api/v1`: what ends listeners at once, and what waits for the next sender. */
export function faultRoutes(
  app: AdminApp,
  deps: {
    readonly store: NamespaceStore
    readonly plan: FaultPlan
    readonly listeners: ListenerFaults
  },
): void {
  const { store, plan, listeners } = deps
  /** Names as the entity spells them, or RELAY_ENTITY_NOT_FOUND. */
  const named = ({ ns, hc }: { readonly ns: string; readonly hc: string }) =>
    [findNamespace(store, ns).name, findHybridConnection(store, ns, hc).name] as const

  app.post(
    `${ENTITY}/dropListeners`,
    {
      schema: {
        tags,
        summary:
          'Drops all listeners: Close 1001 (default), Close 1011, or TCP cut; answers when they are gone',
        params,
        body: DropBody,
        response: { 200: Affected },
      },
    },
    async ({ params: path, body: { how = '1001' } }) => ({
      listeners: await listeners.dropListeners(...named(path), how),
    }),
  )

  app.post(
    `${ENTITY}/expireTokens`,
    {
      schema: {
        tags,
        summary: 'Ends all listeners as the end of their tokens would: Close 1008',
        params,
        body: Nothing,
        response: { 200: Affected },
      },
    },
    async ({ params: path }) => ({ listeners: await listeners.expireTokens(...named(path)) }),
  )

  app.post(
    `${ENTITY}/refuseNextAccept`,
    {
      schema: {
        tags,
        summary:
          'The next sender is refused with this status, or as when no listener accepts in time, without the wait',
        params,
        body: strict({ answer: Answer }),
        response: { 201: Fault },
      },
    },
    ({ params: path, body: { answer } }, reply) =>
      reply.code(201).send(plan.refuseNext(...named(path), answer)),
  )

  app.get(
    '/faults',
    {
      schema: {
        tags,
        summary: 'What waits for a sender, oldest first',
        querystring: ListQuery,
        response: { 200: pageOf(Fault) },
      },
    },
    ({ query }) => page(plan.list(), query, ({ id }) => id),
  )

  app.delete(
    '/faults',
    { schema: { tags, summary: 'Fair weather again', response: { 204: NoContent } } },
    (_request, reply) => {
      plan.clear()
      return reply.code(204).send()
    },
  )

  app.delete(
    '/faults/:id',
    {
      schema: {
        tags,
        summary: 'Cancels one',
        params: pathNames('id'),
        response: { 204: NoContent },
      },
    },
    ({ params: { id } }, reply) => {
      if (!plan.cancel(id)) itemNotFound('fault', `no fault ${id} waits for a sender`)
      return reply.code(204).send()
    },
  )
}
