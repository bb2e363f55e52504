import { Type } from '../../json-type.ts'
import { candidatesFor } from '../app-candidates.ts'
import type { AppDeps } from '../app-rows.ts'
import { Candidate } from '../app-schemas.ts'
import { LIST_QUERY, page, pageOf } from '../list.ts'
import { pathNames } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import { findApp } from './apps.ts'

const Query = Type.Object(
  {
    ...LIST_QUERY,
    slot: Type.Optional(Type.String({ minLength: 1, description: 'a slot of the app' })),
    as: Type.Optional(
      Type.String({ minLength: 1, maxLength: 36, description: 'object id of a principal' }),
    ),
  },
  { additionalProperties: false },
)

/** What may be added to an app, and what not and why. Source: dashboard 2.6. */
export function appCandidateRoutes(app: AdminApp, deps: AppDeps): void {
  app.get(
    '/apps/:app/candidates',
    {
      schema: {
        tags: ['apps'],
        summary: 'Every hybrid connection with the reasons that keep it from this app',
        params: pathNames('app'),
        querystring: Query,
        response: { 200: pageOf(Candidate) },
      },
    },
    ({ params, query: { slot, as, ...query } }) =>
      page(
        candidatesFor(findApp(deps.appService, params.app, slot), as, deps),
        query,
        ({ namespace, name }) => `${namespace}/${name}`,
      ),
  )
}
