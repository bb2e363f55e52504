import type { Identity, IdentityPrincipal } from './identity.ts'
import { type RoleAssignment, isAllowed } from './roles.ts'

/** What the principals of the configuration may do in the management plane. */
export type PrincipalAccess = {
  readonly subscriptionId: () => string
  principal(objectId: string): IdentityPrincipal | undefined
  may(principal: IdentityPrincipal, action: string, scope: string): boolean
}

export function principalAccess(deps: {
  readonly identity: () => Identity
  readonly assignments: () => readonly RoleAssignment[]
  readonly subscriptionId: () => string
}): PrincipalAccess {
  return {
    subscriptionId: deps.subscriptionId,
    principal(objectId) {
      const wanted = objectId.toLowerCase()
      return deps.identity().principals.find((each) => each.objectId.toLowerCase() === wanted)
    },
    may: ({ objectId: oid, groups }, action, scope) =>
      isAllowed({
        assignments: deps.assignments(),
        principal: { oid, groups },
        action,
        scope,
      }),
  }
}
