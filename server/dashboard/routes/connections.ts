import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import type { ConnectionRow } from '../contract.ts'
import { itemNotFound } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { Connection, NoContent, oneOf, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['connections']
const params = pathNames('id')
const CloseQuery = strict({ how: Type.Optional(oneOf('1011', 'cut')) })

export function connectionRoutes(app: AdminApp, { live }: AdminDeps): void {
  app.get(
    '/connections',
    {
      schema: {
        tags,
        summary:
          'Live connections, newest first, then the last 1,000 ended; `bytes` filters by the sum',
        querystring: ListQuery,
        response: { 200: pageOf(Connection) },
      },
    },
    ({ query }) => page(live.connections(), query, ({ id }) => id, columns),
  )

  app.get(
    '/connections/:id',
    { schema: { tags, summary: 'One connection', params, response: { 200: Connection } } },
    ({ params: { id } }) =>
      live.connections().find((row) => row.id === id) ??
      itemNotFound('connection', `no connection ${id}`),
  )

  app.delete(
    '/connections/:id',
    {
      schema: {
        tags,
        summary: 'Closes a live connection: Close 1011 on both sides (default), or its TCP cut',
        params,
        querystring: CloseQuery,
        response: { 204: NoContent },
      },
    },
    ({ params: { id }, query: { how = '1011' } }, reply) => {
      if (!live.closeConnection(id, how)) itemNotFound('connection', `no live connection ${id}`)
      return reply.code(204).send()
    },
  )
}

/** What the filter sees: `bytes:>1MiB` means both directions together. */
function columns(row: ConnectionRow): object {
  return { ...row, bytes: row.bytesToListener + row.bytesToSender }
}
