import { ROLES, type Role, findRole } from '../../auth/roles.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import type { ArmResource, ResourceType } from '../resource-type.ts'

/** When the built-in roles came to be; the day means nothing. */
const CREATED_ON = '2020-01-01T00:00:00.0000000Z'

/** The built-in roles; `$filter` may name one. Source: management-plane 6.2. */
export function roleDefinitionType({ settings }: ProviderDeps): ResourceType {
  const shown = (role: Role) => roleResource(role, settings().subscriptionId)
  return {
    type: 'roleDefinitions',
    at: 'any',
    isPublic: true,
    get: (_call, { names }) => {
      const role = findRole(names[0] ?? '')
      return role && shown(role)
    },
    list: ({ query }) => {
      const filter = query.get('$filter') ?? ''
      const wanted = /roleName\s+eq\s+'([^']*)'/i.exec(filter)?.[1]?.toLowerCase()
      const isCustomOnly = /type\s+eq\s+'CustomRole'/i.test(filter)
      const roles = isCustomOnly
        ? []
        : ROLES.filter(({ name }) => wanted === undefined || name.toLowerCase() === wanted)
      return roles.map(shown)
    },
  }
}

/** `/subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions/GUID`. */
export function roleDefinitionId(roleId: string, subscriptionId: string): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`
}

function roleResource(role: Role, subscriptionId: string): ArmResource {
  const { id, name, description, actions, notActions, dataActions } = role
  return {
    id: roleDefinitionId(id, subscriptionId),
    name: id,
    type: 'Microsoft.Authorization/roleDefinitions',
    properties: {
      roleName: name,
      type: 'BuiltInRole',
      description,
      assignableScopes: ['/'],
      permissions: [{ actions, notActions, dataActions, notDataActions: [] }],
      createdOn: CREATED_ON,
      updatedOn: CREATED_ON,
      createdBy: null,
      updatedBy: null,
    },
  }
}
