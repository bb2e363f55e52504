import type { ProviderDeps } from '../arm-deps.ts'
import type { ArmProvider, ResourceType } from '../resource-type.ts'
import { roleAssignmentType } from './role-assignments.ts'
import { roleDefinitionType } from './role-definitions.ts'

const VERSIONS = ['2022-04-01', '2020-04-01-preview', '2018-01-01-preview', '2015-07-01']

/** Microsoft.Authorization: roles and who has them. Source: management-plane 6.2. */
export function authorizationProvider(deps: ProviderDeps): ArmProvider {
  const types = [
    roleDefinitionType(deps),
    roleAssignmentType(deps),
    emptyType('denyAssignments'),
    emptyType('classicAdministrators'),
  ]
  return {
    namespace: 'Microsoft.Authorization',
    types,
    actions: {
      permissions: {
        method: 'GET',
        at: 'any',
        permission: null,
        run: ({ principal }, { id }) => ({
          body: { value: deps.authorization.permissionsAt(principal, id || '/') },
        }),
      },
    },
    registration: [...types.map(({ type }) => type), 'permissions'].map((resourceType) => ({
      resourceType,
      apiVersions: VERSIONS,
    })),
  }
}

function emptyType(type: string): ResourceType {
  return { type, at: 'any', get: () => undefined, list: () => [] }
}
