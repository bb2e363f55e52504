import type { Principal } from '../auth/principal.ts'
import { type RoleAssignment, holds, isAllowed, rolesAt } from '../auth/roles.ts'
import { ArmError } from './arm-error.ts'

/** Who may do what in the management plane. Source: management-plane 6. */
export class Authorization {
  readonly #assignments: () => readonly RoleAssignment[]

  constructor(assignments: () => readonly RoleAssignment[]) {
    this.#assignments = assignments
  }

  may(principal: Principal, action: string, scope: string): boolean {
    return isAllowed({ assignments: this.#assignments(), principal, action, scope })
  }

  /** Throws 403 `AuthorizationFailed`, in the words that tools look for (management-plane 6.3). */
  demand(principal: Principal, action: string, scope: string): void {
    if (this.may(principal, action, scope)) return
    const { label, oid } = principal
    throw new ArmError(
      403,
      'AuthorizationFailed',
      `The client '${label}' with object id '${oid}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    )
  }

  /** True when the principal has any role at `scope`, above it or below it. */
  sees(principal: Principal, scope: string): boolean {
    const isMine = ({ principalId }: RoleAssignment) =>
      [principal.oid, ...principal.groups].some(
        (id) => id.toLowerCase() === principalId.toLowerCase(),
      )
    return this.#assignments().some(
      (assignment) =>
        isMine(assignment) && (holds(assignment.scope, scope) || holds(scope, assignment.scope)),
    )
  }

  /** Actions of the principal's roles at `scope`. */
  permissionsAt(
    principal: Principal,
    scope: string,
  ): readonly { readonly actions: readonly string[]; readonly notActions: readonly string[] }[] {
    const assignments = this.#assignments()
    return rolesAt({ assignments, principal, scope }).map(({ actions, notActions }) => ({
      actions,
      notActions,
    }))
  }
}
