import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import type { PickRow } from '../contract.ts'
import { itemNotFound } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { Listener, NoContent, Picks, oneOf, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['listeners']
const params = pathNames('id')
const DropQuery = strict({ how: Type.Optional(oneOf('1001', '1011', 'cut')) })

export function listenerRoutes(app: AdminApp, { live, facts }: AdminDeps): void {
  const listener = (id: string) =>
    live.listeners().find((row) => row.id === id) ?? itemNotFound('listener', `no listener ${id}`)

  app.get(
    '/listeners',
    {
      schema: {
        tags,
        summary: 'Live listeners, then those that ended in the last 10 minutes',
        querystring: ListQuery,
        response: { 200: pageOf(Listener) },
      },
    },
    ({ query }) => page(live.listeners(), query, ({ id }) => id),
  )

  app.get(
    '/listeners/:id',
    { schema: { tags, summary: 'One listener', params, response: { 200: Listener } } },
    ({ params: { id } }) => listener(id),
  )

  app.get(
    '/listeners/:id/picks',
    {
      schema: {
        tags,
        summary:
          'The last 100 choices among the listeners of its hybrid connection while it was there, the latest first',
        params,
        response: { 200: Picks },
      },
    },
    ({ params: { id } }) => {
      const row = listener(id)
      const isMeant = ({ at }: PickRow) =>
        at >= row.since && (row.ended === null || at <= row.ended.at)
      return { seed: facts().seed, items: live.picks(row).filter(isMeant) }
    },
  )

  app.delete(
    '/listeners/:id',
    {
      schema: {
        tags,
        summary: 'Drops a live listener: Close 1001 (default), Close 1011, or its TCP cut',
        params,
        querystring: DropQuery,
        response: { 204: NoContent },
      },
    },
    ({ params: { id }, query: { how = '1001' } }, reply) => {
      if (!live.dropListener(id, how)) itemNotFound('listener', `no live listener ${id}`)
      return reply.code(204).send()
    },
  )
}
