import type { FastifyInstance } from 'fastify'
import { resourceGroupId } from '../namespace/arm-ids.ts'
import type { ArmApi } from './arm-api.ts'
import { pageOf } from './paging.ts'
import { matchesFilter, readFilter } from './resource-filter.ts'
import type { ArmAnswer, ArmCall, ArmScope } from './resource-type.ts'
import { trackedResources } from './tracked-resources.ts'

const SUBSCRIPTION = '/subscriptions/:subscription'
const GROUP = `${SUBSCRIPTION}/resourceGroups/:group`

/** Generic resources, results of operations, and everything that lies in a provider. Source: management-plane 3.5, 3.7. */
export function resourceRoutes(app: FastifyInstance, api: ArmApi): void {
  const { settings, groups } = api.deps

  api.get(app, `${SUBSCRIPTION}/resources`, (call) => {
    const { subscriptionId } = settings()
    const id = `/subscriptions/${subscriptionId}`
    return listResources(call, { id, subscriptionId, resourceGroup: null }, api)
  })
  api.get(app, `${GROUP}/resources`, (call, { group }) => {
    const { subscriptionId } = settings()
    const resourceGroup = groups.get(group).name
    const id = resourceGroupId(subscriptionId, resourceGroup)
    return listResources(call, { id, subscriptionId, resourceGroup }, api)
  })
  // Whatever took time is done by the time anybody asks.
  for (const url of [
    `${SUBSCRIPTION}/operationresults/:token`,
    `${GROUP}/providers/:provider/:type/:name/operationresults/:token`,
  ] as const) {
    api.get(app, url, () => ({ status: 200 }))
  }

  // az asks for the operations of a deployment at an address without its provider.
  const operations = `${GROUP}/deployments/:deployment/operations`
  api.get(app, operations, (call, { group, deployment }) => {
    const scope = resourceGroupId(settings().subscriptionId, group)
    const path = `${scope}/providers/Microsoft.Resources/deployments/${deployment}/operations`
    return api.router.serve({ method: 'GET', path, call, body: () => ({}) })
  })

  const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE']
  for (const url of ['/subscriptions/*', '/providers/*']) {
    app.route({
      method: methods,
      url,
      handler: (request, reply) => api.serveResource(request, reply),
    })
  }
}

/** Top-level resources alone, without what only their own type shows. */
async function listResources(call: ArmCall, scope: ArmScope, api: ArmApi): Promise<ArmAnswer> {
  const filter = readFilter(call.query.get('$filter') ?? '')
  const all = await trackedResources(scope, call, api.deps)
  const visible = all
    .filter((resource) => matchesFilter(filter, resource))
    .filter(({ id, type }) => api.deps.authorization.may(call.principal, `${type}/read`, id))
    .map(({ id, name, type, location, tags, sku, kind }) => ({
      id,
      name,
      type,
      location,
      tags: tags ?? {},
      ...(sku !== undefined && { sku }),
      ...(kind !== undefined && { kind }),
    }))
  return { body: pageOf(visible, call) }
}
