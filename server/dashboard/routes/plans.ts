import { AppServiceError } from '../../app-service/app-service-error.ts'
import { LIMIT_PROFILES, skuOf } from '../../app-service/skus.ts'
import { Type } from '../../json-type.ts'
import { DEFAULT_LOCATION } from '../../namespace/store.ts'
import { type AppDeps, planRow, planRows } from '../app-rows.ts'
import { Plan, System } from '../app-schemas.ts'
import { notFound } from '../find-entity.ts'
import { LIST_QUERY, page, pageOf } from '../list.ts'
import { NoContent, oneOf, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['plans']
const params = pathNames('group', 'plan')
const PlanBody = strict({
  sku: Type.Optional(Type.String({ minLength: 1, maxLength: 20, description: 'e.g. S1' })),
  location: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  os: Type.Optional(System),
})

const PlansQuery = Type.Object(
  { ...LIST_QUERY, profile: Type.Optional(oneOf(...LIMIT_PROFILES)) },
  { additionalProperties: false },
)

/** Plans of App Service. Source: dashboard 2.6. */
export function planRoutes(app: AdminApp, deps: AppDeps): void {
  const { appService } = deps

  app.get(
    '/plans',
    {
      schema: {
        tags,
        summary: 'All plans of App Service',
        querystring: PlansQuery,
        response: { 200: pageOf(Plan) },
      },
    },
    ({ query: { profile, ...query } }) =>
      page(planRows(deps, profile), query, ({ group, plan }) => `${group}/${plan}`),
  )

  app.get(
    '/plans/:group/:plan',
    { schema: { tags, summary: 'One plan', params, response: { 200: Plan } } },
    ({ params: { group, plan: name } }) => {
      const plan = appService.plan({ resourceGroup: group, name })
      return planRow(plan ?? notFound('plan', `no plan ${name} in group ${group}`), appService)
    },
  )

  app.put(
    '/plans/:group/:plan',
    {
      schema: {
        tags,
        summary: 'Creates (201) or changes (200) a plan',
        params,
        body: PlanBody,
        response: { 200: Plan, 201: Plan },
      },
    },
    ({ params: { group, plan: name }, body }, reply) => {
      const known = appService.plan({ resourceGroup: group, name })
      const sku = skuOf(body.sku ?? known?.sku ?? 'S1')
      if (!sku) {
        throw new AppServiceError('APP_INPUT_INVALID', `there is no SKU ${body.sku}`, 'sku')
      }
      const isLinux = body.os === undefined ? (known?.isLinux ?? true) : body.os === 'linux'
      const plan = appService.putPlan({
        name,
        resourceGroup: group,
        location: body.location ?? known?.location ?? DEFAULT_LOCATION,
        sku: sku.name,
        capacity: known?.capacity ?? 1,
        kind: known?.kind ?? (isLinux ? 'linux' : 'app'),
        isLinux,
        isWindowsContainer:
          body.os === undefined
            ? (known?.isWindowsContainer ?? false)
            : body.os === 'windowsContainer',
        tags: known?.tags ?? {},
      })
      return reply.code(known ? 200 : 201).send(planRow(plan, appService))
    },
  )

  app.delete(
    '/plans/:group/:plan',
    {
      schema: {
        tags,
        summary: 'Deletes a plan without apps',
        params,
        response: { 204: NoContent },
      },
    },
    ({ params: { group, plan: name } }, reply) => {
      if (!appService.deletePlan({ resourceGroup: group, name })) {
        notFound('plan', `no plan ${name} in group ${group}`)
      }
      return reply.code(204).send()
    },
  )
}
