import { MAX_TOKEN_CHARACTERS } from '../../../protocol/limits.ts'
import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { findNamespace } from '../find-entity.ts'
import { strict, TokenInspection } from '../schemas.ts'
import { inspectToken } from '../token-inspection.ts'
import type { AdminApp } from '../typebox-provider.ts'

const InspectBody = strict({
  token: Type.String({ minLength: 1, maxLength: MAX_TOKEN_CHARACTERS }),
  namespace: Type.Optional(Type.String({ minLength: 1, description: 'all when left out' })),
})

export function tokenRoutes(app: AdminApp, { store, entra, now }: AdminDeps): void {
  app.post(
    '/tokens/inspect',
    {
      schema: {
        tags: ['tokens'],
        summary: 'Explains a token, and whether each hybrid connection would take it',
        body: InspectBody,
        response: { 200: TokenInspection },
      },
    },
    ({ body: { token, namespace } }) => {
      const namespaces = store.list()
      const asked = namespace === undefined ? namespaces : [findNamespace(store, namespace)]
      return inspectToken(token.trim(), { namespaces, asked, entra }, now())
    },
  )
}
