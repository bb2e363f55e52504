import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { findNamespace, notFound } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { countLive, liveNow, namespaceRow } from '../rows.ts'
import { Namespace, NoContent, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['namespaces']
const params = pathNames('ns')
const NamespaceBody = strict({
  location: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  hosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 253 }), { maxItems: 50 })),
})

export function namespaceRoutes(app: AdminApp, { store, live }: AdminDeps): void {
  const counts = () => countLive(liveNow(live))

  app.get(
    '/namespaces',
    {
      schema: {
        tags,
        summary: 'All namespaces',
        querystring: ListQuery,
        response: { 200: pageOf(Namespace) },
      },
    },
    ({ query }) => {
      const counted = counts()
      const rows = store.list().map((namespace) => namespaceRow(namespace, counted))
      return page(rows, query, ({ name }) => name)
    },
  )

  app.get(
    '/namespaces/:ns',
    { schema: { tags, summary: 'One namespace', params, response: { 200: Namespace } } },
    ({ params: { ns } }) => namespaceRow(findNamespace(store, ns), counts()),
  )

  app.put(
    '/namespaces/:ns',
    {
      schema: {
        tags,
        summary: 'Creates (201) or changes (200) a namespace',
        params,
        body: NamespaceBody,
        response: { 200: Namespace, 201: Namespace },
      },
    },
    ({ params: { ns }, body }, reply) => {
      const isNew = store.get(ns) === undefined
      const namespace = store.putNamespace(ns, body)
      return reply.code(isNew ? 201 : 200).send(namespaceRow(namespace, counts()))
    },
  )

  app.delete(
    '/namespaces/:ns',
    {
      schema: {
        tags,
        summary: 'Deletes a namespace and all in it; its listeners are closed with 1001',
        params,
        response: { 204: NoContent },
      },
    },
    ({ params: { ns } }, reply) => {
      if (!store.deleteNamespace(ns)) notFound('namespace', `no namespace ${ns}`)
      return reply.code(204).send()
    },
  )
}
