import type { FastifyInstance } from 'fastify'
import { resourceGroupId } from '../namespace/arm-ids.ts'
import type { ArmApi } from './arm-api.ts'
import { pageOf } from './paging.ts'
import { groupResource } from './resource-groups.ts'
import { deleteResourcesOf } from './tracked-resources.ts'
import type { ArmBody, ArmCall } from './resource-type.ts'
import { tagsOf, textOf } from './body-members.ts'

const GROUP = '/subscriptions/:subscription/resourceGroups/:group'

/** Resource groups. Source: management-plane 3.7. */
export function groupRoutes(app: FastifyInstance, api: ArmApi): void {
  const { groups, authorization, settings } = api.deps
  const idOf = (name: string) => resourceGroupId(settings().subscriptionId, name)
  const demand = (call: ArmCall, verb: 'read' | 'write' | 'delete', name: string) =>
    authorization.demand(
      call.principal,
      `Microsoft.Resources/subscriptions/resourceGroups/${verb}`,
      idOf(name),
    )
  const shown = (name: string) => groupResource(settings().subscriptionId, groups.get(name))

  api.get(app, '/subscriptions/:subscription/resourceGroups', (call) => {
    const action = 'Microsoft.Resources/subscriptions/resourceGroups/read'
    const visible = groups
      .list()
      .filter(({ name }) => authorization.may(call.principal, action, idOf(name)))
    return {
      body: pageOf(
        visible.map(({ name }) => shown(name)),
        call,
      ),
    }
  })

  api.get(app, GROUP, (call, { group }) => {
    demand(call, 'read', group)
    return { body: shown(group) }
  })

  // `az group exists`: 404 has no body here.
  api.route(app, 'HEAD', GROUP, (call, { group }) => {
    demand(call, 'read', group)
    return { status: groups.find(group) ? 204 : 404 }
  })

  api.route(app, 'PUT', GROUP, (call, { group }, body) => {
    demand(call, 'write', group)
    const isNew = groups.find(group) === undefined
    groups.write(group, textOf(body, 'location'), tagsOf(body) ?? {})
    return { status: isNew ? 201 : 200, body: shown(group) }
  })

  api.route(app, 'PATCH', GROUP, (call, { group }, body: ArmBody) => {
    demand(call, 'write', group)
    const known = groups.get(group)
    groups.put({ ...known, tags: tagsOf(body) ?? known.tags })
    return { body: shown(group) }
  })

  api.route(app, 'DELETE', GROUP, async (call, { group }) => {
    demand(call, 'delete', group)
    const known = groups.get(group)
    await deleteResourcesOf(known.name, call, api.deps)
    groups.delete(known.name)
    return { status: 202, headers: api.operationHeaders(call) }
  })
}
