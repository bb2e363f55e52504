import type { AdminDeps } from '../admin-deps.ts'
import { itemNotFound } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { Exchange, pathNames } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['exchanges']
const params = pathNames('id')

export function exchangeRoutes(app: AdminApp, { live }: AdminDeps): void {
  app.get(
    '/exchanges',
    {
      schema: {
        tags,
        summary: 'HTTP requests under way, newest first, then the last 1,000 that ended',
        querystring: ListQuery,
        response: { 200: pageOf(Exchange) },
      },
    },
    ({ query }) => page(live.exchanges(), query, ({ id }) => id),
  )

  app.get(
    '/exchanges/:id',
    { schema: { tags, summary: 'One HTTP request', params, response: { 200: Exchange } } },
    ({ params: { id } }) =>
      live.exchanges().find((row) => row.id === id) ??
      itemNotFound('exchange', `no exchange ${id}`),
  )
}
