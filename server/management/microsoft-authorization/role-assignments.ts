import { type RoleAssignment, findRole, holds } from '../../auth/roles.ts'
import type { ProviderDeps } from '../arm-deps.ts'
import { ArmError } from '../arm-error.ts'
import { propertiesOf, textOf } from '../body-members.ts'
import type { ArmBody, ArmCall, ArmResource, ResourceRef, ResourceType } from '../resource-type.ts'
import { roleDefinitionId } from './role-definitions.ts'

/** Who has which role at which scope. Source: management-plane 6.2. */
export function roleAssignmentType(deps: ProviderDeps): ResourceType {
  const { assignments, settings } = deps
  const shown = (assignment: RoleAssignment) =>
    assignmentResource(assignment, settings().subscriptionId)
  const find = ({ names, scope }: ResourceRef) => {
    const found = assignments.find(names[0] ?? '')
    return found && isSame(found.scope, scope.id || '/') ? found : undefined
  }
  return {
    type: 'roleAssignments',
    at: 'any',
    get: (_call, ref) => {
      const assignment = find(ref)
      return assignment && shown(assignment)
    },
    list: (call, { scope }) => {
      const filter = call.query.get('$filter') ?? ''
      return assignments
        .list()
        .filter((assignment) => isShown(assignment, scope.id || '/', filter))
        .map(shown)
    },
    put: (call, ref, body) => {
      const wanted = readAssignment(call, ref, body, deps)
      const known = assignments.find(wanted.name)
      const twin = assignments.list().find((other) => isTwin(other, wanted))
      if (twin && !isSame(twin.name, wanted.name)) throw exists()
      if (known && !isTwin(known, wanted)) {
        throw new ArmError(
          409,
          'RoleAssignmentUpdateNotPermitted',
          'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
        )
      }
      if (known && assignments.isConfigured(known.name)) return { resource: shown(known) }
      const { description, condition, conditionVersion } = wanted
      const written = known ? { ...known, description, condition, conditionVersion } : wanted
      assignments.put(written)
      return { resource: shown(written), status: known ? 200 : 201 }
    },
    delete: (_call, ref) => {
      const assignment = find(ref)
      if (!assignment) return { existed: false }
      if (!assignments.delete(assignment.name)) {
        throw new ArmError(
          409,
          'RoleAssignmentInConfiguration',
          'This role assignment stands in the configuration (identity); remove it there and reload.',
        )
      }
      return { existed: true, body: shown(assignment) }
    },
  }
}

function readAssignment(
  { principal }: ArmCall,
  { names, scope }: ResourceRef,
  body: ArmBody,
  { identity, now }: ProviderDeps,
): RoleAssignment {
  // Versions before 2018 have the same members.
  const properties = propertiesOf(body)
  const principalId = textOf(properties, 'principalId') ?? ''
  const definition = textOf(properties, 'roleDefinitionId') ?? ''
  const role = findRole(definition.split('/').at(-1) ?? '')
  if (!role) {
    throw new ArmError(
      400,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${definition.slice(-36)}' does not exist.`,
    )
  }
  const known = identity().principals.find(({ objectId }) => isSame(objectId, principalId))
  const type = textOf(properties, 'principalType')
  // Groups, and principals of issuers from outside, are known by their tokens alone.
  const isForeign = identity().issuers.length > 0 || type === 'Group'
  if (!known && !(isForeign && /^[\da-f-]{36}$/i.test(principalId))) {
    throw new ArmError(
      400,
      'PrincipalNotFound',
      `Principal ${principalId.slice(0, 36)} does not exist in the directory ${identity().tenantId}. Check that you have the correct principal ID.`,
    )
  }
  const name = names[0] ?? ''
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(name)) {
    throw new ArmError(
      400,
      'InvalidRoleAssignmentId',
      'The name of a role assignment must be a GUID.',
    )
  }
  return {
    name,
    scope: scope.id || '/',
    roleId: role.id,
    principalId: known?.objectId ?? principalId,
    principalType:
      known === undefined
        ? type === 'Group' || type === 'User'
          ? type
          : 'ServicePrincipal'
        : known.kind === 'user'
          ? 'User'
          : 'ServicePrincipal',
    createdOn: new Date(now()).toISOString(),
    createdBy: principal.oid,
    description: textOf(properties, 'description'),
    condition: textOf(properties, 'condition'),
    conditionVersion: textOf(properties, 'conditionVersion'),
  }
}

/** Without a filter: those at the scope, above it and below it. `atScope()` leaves out what is below. */
function isShown(assignment: RoleAssignment, scope: string, filter: string): boolean {
  const isAbove = holds(assignment.scope, scope)
  const isBelow = holds(scope, assignment.scope) && !/atScope\(\)/i.test(filter)
  if (!isAbove && !isBelow && scope !== '/') return false
  const wanted =
    /principalId\s+eq\s+'([^']*)'/i.exec(filter)?.[1] ??
    /assignedTo\('([^']*)'\)/i.exec(filter)?.[1]
  return wanted === undefined || isSame(assignment.principalId, wanted)
}

function assignmentResource(assignment: RoleAssignment, subscriptionId: string): ArmResource {
  const { name, scope, roleId, principalId, principalType, createdOn, createdBy } = assignment
  const prefix = scope === '/' ? '' : scope
  return {
    id: `${prefix}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    name,
    type: 'Microsoft.Authorization/roleAssignments',
    properties: {
      roleDefinitionId: roleDefinitionId(roleId, subscriptionId),
      principalId,
      principalType,
      scope,
      condition: assignment.condition ?? null,
      conditionVersion: assignment.conditionVersion ?? null,
      createdOn,
      updatedOn: createdOn,
      createdBy,
      updatedBy: createdBy,
      delegatedManagedIdentityResourceId: null,
      description: assignment.description ?? null,
    },
  }
}

function isTwin(one: RoleAssignment, other: RoleAssignment): boolean {
  return (
    isSame(one.scope, other.scope) &&
    isSame(one.roleId, other.roleId) &&
    isSame(one.principalId, other.principalId)
  )
}

function exists(): ArmError {
  return new ArmError(409, 'RoleAssignmentExists', 'The role assignment already exists.')
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
