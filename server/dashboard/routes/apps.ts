import type { AppService } from '../../app-service/app-service.ts'
import { type SiteRow, siteLabel } from '../../app-service/entities.ts'
import { Type } from '../../json-type.ts'
import { DEFAULT_RESOURCE_GROUP } from '../../namespace/arm-ids.ts'
import { ApiError } from '../api-error.ts'
import { type AppDeps, appRow, appRows } from '../app-rows.ts'
import { App, SlotQuery, System } from '../app-schemas.ts'
import { notFound } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { NoContent, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['apps']
const params = pathNames('app')
const AppBody = strict({
  plan: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  /** Of the plan and, for a new app, of the app. */
  group: Type.Optional(Type.String({ minLength: 1, maxLength: 90 })),
  os: Type.Optional(System),
})

/** Apps of App Service and their slots. Source: dashboard 2.6. */
export function appRoutes(app: AdminApp, deps: AppDeps): void {
  const { appService } = deps

  app.get(
    '/apps',
    {
      schema: {
        tags,
        summary: 'All apps, each followed by its slots',
        querystring: ListQuery,
        response: { 200: pageOf(App) },
      },
    },
    ({ query }) => page(appRows(deps), query, ({ app: name, slot }) => siteLabel({ name, slot })),
  )

  app.get(
    '/apps/:app',
    {
      schema: {
        tags,
        summary: 'One app or slot',
        params,
        querystring: SlotQuery,
        response: { 200: App },
      },
    },
    ({ params: path, query }) => appRow(findApp(appService, path.app, query.slot), deps),
  )

  app.put(
    '/apps/:app',
    {
      schema: {
        tags,
        summary: 'Creates (201) an app or slot, or moves it to another plan (200)',
        params,
        querystring: SlotQuery,
        body: AppBody,
        response: { 200: App, 201: App },
      },
    },
    ({ params: { app: name }, query: { slot = null }, body }, reply) => {
      const known = appService.site({ name, slot })
      const parent = slot === null ? undefined : findApp(appService, name, undefined)
      const group =
        body.group ?? known?.plan.resourceGroup ?? parent?.resourceGroup ?? DEFAULT_RESOURCE_GROUP
      const planName = body.plan ?? known?.plan.name ?? parent?.plan.name
      if (planName === undefined) {
        throw new ApiError('RELAY_INPUT_INVALID', 'an app needs a plan', { target: 'body' })
      }
      const plan = appService.plan({ resourceGroup: group, name: planName })
      if (!plan) return notFound('plan', `no plan ${planName} in group ${group}`)
      const site = appService.putSite({
        name,
        slot,
        resourceGroup: known?.resourceGroup ?? parent?.resourceGroup ?? plan.resourceGroup,
        location: known?.location ?? plan.location,
        kind: known?.kind ?? (plan.isLinux ? 'app,linux' : 'app'),
        plan: { resourceGroup: plan.resourceGroup, name: plan.name },
        isWindowsContainer:
          body.os === undefined
            ? (known?.isWindowsContainer ?? plan.isWindowsContainer)
            : body.os === 'windowsContainer',
        tags: known?.tags ?? {},
        properties: known?.properties ?? {},
        config: known?.config ?? {},
      })
      return reply.code(known ? 200 : 201).send(appRow(site, deps))
    },
  )

  app.delete(
    '/apps/:app',
    {
      schema: {
        tags,
        summary: 'Deletes an app with its slots, or one slot, and what is attached',
        params,
        querystring: SlotQuery,
        response: { 204: NoContent },
      },
    },
    ({ params: path, query }, reply) => {
      appService.deleteSite(findApp(appService, path.app, query.slot), 'admin API')
      return reply.code(204).send()
    },
  )
}

/** An app or slot, or RELAY_ENTITY_NOT_FOUND. */
export function findApp(appService: AppService, name: string, slot: string | undefined): SiteRow {
  const site = appService.site({ name, slot: slot ?? null })
  return site ?? notFound('app', `no app ${siteLabel({ name, slot: slot ?? null })}`)
}
