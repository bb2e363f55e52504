import type { Principal } from './principal.ts'

/** A role: patterns of actions, compared without case; `*` stands for any text. Source: management-plane 6.1. */
export type Role = {
  /** GUID. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  /** What it may do on the data plane. */
  readonly dataActions: readonly string[]
}

/** A role given to a principal at a scope and everything below it. */
export type RoleAssignment = {
  /** GUID. */
  readonly name: string
  readonly scope: string
  readonly roleId: string
  readonly principalId: string
  readonly principalType: 'User' | 'Group' | 'ServicePrincipal'
  readonly createdOn: string
  /** Object id of who made it; null for the configuration. */
  readonly createdBy: string | null
  readonly description?: string | undefined
  /** Differs from Azure: a condition is kept and shown, and never narrows what the role allows. */
  readonly condition?: string | undefined
  readonly conditionVersion?: string | undefined
}

/** What an action is done to: management (`actions`) or the relay's traffic (`dataActions`). */
export type Plane = 'actions' | 'dataActions'

/**
 * Whether one of `assignments` lets `principal` do `action` at `scope`. A scope holds what lies below it, at a `/`
 * boundary. Source: management-plane 6.1.
 */
export function isAllowed(question: {
  readonly assignments: readonly RoleAssignment[]
  readonly principal: Pick<Principal, 'oid' | 'groups'>
  readonly action: string
  readonly scope: string
  readonly plane?: Plane
}): boolean {
  const { action, plane = 'actions' } = question
  return rolesAt(question).some(
    (role) =>
      role[plane].some((pattern) => matches(pattern, action)) &&
      !(plane === 'actions' && role.notActions.some((pattern) => matches(pattern, action))),
  )
}

/** The roles that `principal` has at `scope`. */
export function rolesAt(question: {
  readonly assignments: readonly RoleAssignment[]
  readonly principal: Pick<Principal, 'oid' | 'groups'>
  readonly scope: string
}): readonly Role[] {
  const { assignments, principal, scope } = question
  return assignments
    .filter(({ principalId }) => isOf(principal, principalId))
    .filter((assignment) => holds(assignment.scope, scope))
    .flatMap(({ roleId }) => findRole(roleId) ?? [])
}

/** A built-in role by its GUID or by its name, compared without case. */
export function findRole(idOrName: string): Role | undefined {
  const wanted = idOrName.toLowerCase()
  return ROLES.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted)
}

/** True when `inner` is `outer` or lies below it. */
export function holds(outer: string, inner: string): boolean {
  const top = outer.toLowerCase().replace(/\/+$/, '')
  const below = inner.toLowerCase()
  return below === top || below.startsWith(`${top}/`)
}

function isOf({ oid, groups }: Pick<Principal, 'oid' | 'groups'>, principalId: string): boolean {
  const wanted = principalId.toLowerCase()
  return [oid, ...groups].some((id) => id.toLowerCase() === wanted)
}

function matches(pattern: string, action: string): boolean {
  const text = pattern.toLowerCase()
  const wanted = action.toLowerCase()
  if (!text.includes('*')) return text === wanted
  const source = text.split('*').map((piece) => piece.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`).test(wanted)
}

const RELAY_READS = ['Microsoft.Relay/*/wcfRelays/read', 'Microsoft.Relay/*/hybridConnections/read']

/** The built-in roles. Source: management-plane 6.1. */
export const ROLES: readonly Role[] = [
  {
    id: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    name: 'Owner',
    description: 'Full access to manage all resources, role assignments included.',
    actions: ['*'],
    notActions: [],
    dataActions: [],
  },
  {
    id: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
    name: 'Contributor',
    description: 'Full access to manage all resources, but not role assignments.',
    actions: ['*'],
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
    dataActions: [],
  },
  {
    id: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
    name: 'Reader',
    description: 'View all resources, change none.',
    actions: ['*/read'],
    notActions: [],
    dataActions: [],
  },
  {
    id: '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    name: 'User Access Administrator',
    description: 'Manage access to resources.',
    actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'],
    notActions: [],
    dataActions: [],
  },
  {
    id: '2787bf04-f1f5-4bfe-8383-c8a24483ee38',
    name: 'Azure Relay Owner',
    description: 'Full access to Azure Relay resources.',
    actions: ['Microsoft.Relay/*'],
    notActions: [],
    dataActions: ['Microsoft.Relay/*'],
  },
  {
    id: '26e0b698-aa6d-4085-9386-aadae190014d',
    name: 'Azure Relay Listener',
    description: 'Listen on Azure Relay resources.',
    actions: RELAY_READS,
    notActions: [],
    dataActions: ['Microsoft.Relay/*/listen/action'],
  },
  {
    id: '26baccc8-eea7-41f1-98f4-1762cc7f685d',
    name: 'Azure Relay Sender',
    description: 'Send to Azure Relay resources.',
    actions: RELAY_READS,
    notActions: [],
    dataActions: ['Microsoft.Relay/*/send/action'],
  },
  {
    id: 'de139f84-1756-47ae-9be6-808fbbe84772',
    name: 'Website Contributor',
    description: 'Manage web apps, but not the plans they run in.',
    actions: [
      'Microsoft.Authorization/*/read',
      'Microsoft.Resources/deployments/*',
      'Microsoft.Resources/subscriptions/resourceGroups/read',
      'Microsoft.Web/certificates/*',
      'Microsoft.Web/listSitesAssignedToHostName/read',
      'Microsoft.Web/serverFarms/join/action',
      'Microsoft.Web/serverFarms/read',
      'Microsoft.Web/sites/*',
    ],
    notActions: [],
    dataActions: [],
  },
]
