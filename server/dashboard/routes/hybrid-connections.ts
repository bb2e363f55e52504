import { MAX_USER_METADATA_CHARACTERS } from '../../../protocol/limits.ts'
import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { findHybridConnection, findNamespace, noHybridConnection } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { countLive, hybridConnectionRow, liveNow } from '../rows.ts'
import { HybridConnection, NoContent, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['hybridConnections']
const LIST = '/namespaces/:ns/hybridConnections'
const ITEM = `${LIST}/:hc` as const
const params = pathNames('ns', 'hc')
const EntityMetrics = Type.Record(Type.String(), Type.Number())
const HybridConnectionBody = strict({
  requiresClientAuthorization: Type.Optional(Type.Boolean()),
  userMetadata: Type.Optional(Type.String({ maxLength: MAX_USER_METADATA_CHARACTERS })),
})

export function hybridConnectionRoutes(app: AdminApp, { store, live, metrics }: AdminDeps): void {
  const counts = () => countLive(liveNow(live))

  app.get(
    LIST,
    {
      schema: {
        tags,
        summary: 'The hybrid connections of a namespace',
        params: pathNames('ns'),
        querystring: ListQuery,
        response: { 200: pageOf(HybridConnection) },
      },
    },
    ({ params: { ns }, query }) => {
      const counted = counts()
      const { name: parent, hybridConnections } = findNamespace(store, ns)
      const rows = hybridConnections.map((entity) => hybridConnectionRow(parent, entity, counted))
      return page(rows, query, ({ name }) => name)
    },
  )

  app.get(
    ITEM,
    {
      schema: {
        tags,
        summary: 'One hybrid connection',
        params,
        response: { 200: HybridConnection },
      },
    },
    ({ params: { ns, hc } }) => {
      const entity = findHybridConnection(store, ns, hc)
      return hybridConnectionRow(findNamespace(store, ns).name, entity, counts())
    },
  )

  app.get(
    `${ITEM}/metrics`,
    {
      schema: {
        tags,
        summary: 'Its metrics since start, by the names of Azure Monitor',
        params,
        response: { 200: EntityMetrics },
      },
    },
    ({ params: { ns, hc } }) =>
      metrics.of(findNamespace(store, ns).name, findHybridConnection(store, ns, hc).name),
  )

  app.put(
    ITEM,
    {
      schema: {
        tags,
        summary: 'Creates (201) or replaces (200); without userMetadata there is none afterwards',
        params,
        body: HybridConnectionBody,
        response: { 200: HybridConnection, 201: HybridConnection },
      },
    },
    ({ params: { ns, hc }, body }, reply) => {
      const { name: parent } = findNamespace(store, ns)
      const isNew = store.hybridConnection(ns, hc) === undefined
      const entity = store.putHybridConnection(ns, hc, body)
      return reply.code(isNew ? 201 : 200).send(hybridConnectionRow(parent, entity, counts()))
    },
  )

  app.delete(
    ITEM,
    {
      schema: {
        tags,
        summary: 'Deletes a hybrid connection; its listeners are closed with 1001',
        params,
        response: { 204: NoContent },
      },
    },
    ({ params: { ns, hc } }, reply) => {
      const { name: parent } = findNamespace(store, ns)
      if (!store.deleteHybridConnection(ns, hc)) noHybridConnection(hc, parent)
      return reply.code(204).send()
    },
  )
}
