import type { ArmSettings, Identity } from '../auth/identity.ts'
import type { RoleAssignment } from '../auth/roles.ts'
import { guidOf } from '../config/identity-config.ts'
import type { Table } from './state/table.ts'

/** All role assignments: those of the configuration, and those made at run time. */
export class RoleAssignments {
  readonly #table: Table<RoleAssignment>
  readonly #identity: () => Identity
  readonly #arm: () => ArmSettings
  readonly #startedAt: string

  constructor(input: {
    readonly table: Table<RoleAssignment>
    readonly identity: () => Identity
    readonly arm: () => ArmSettings
    /** Unix time in ms, when the configuration's came to be. */
    readonly startedAtMs: number
  }) {
    this.#table = input.table
    this.#identity = input.identity
    this.#arm = input.arm
    this.#startedAt = new Date(input.startedAtMs).toISOString()
  }

  list(): readonly RoleAssignment[] {
    return [...this.#configured(), ...this.#table.list()]
  }

  find(name: string): RoleAssignment | undefined {
    return this.list().find((assignment) => isSame(assignment.name, name))
  }

  isConfigured(name: string): boolean {
    return this.#configured().some((assignment) => isSame(assignment.name, name))
  }

  put(assignment: RoleAssignment): void {
    this.#table.put(assignment.name, assignment)
  }

  delete(name: string): boolean {
    return this.#table.delete(name)
  }

  /** Deletes those at `scope` and below it, when what was there is gone. */
  deleteBelow(scope: string): void {
    const top = scope.toLowerCase()
    this.#table.deleteWhere((assignment) => {
      const at = assignment.scope.toLowerCase()
      return at === top || at.startsWith(`${top}/`)
    })
  }

  #configured(): readonly RoleAssignment[] {
    const subscription = `/subscriptions/${this.#arm().subscriptionId}`
    return this.#identity().principals.flatMap(({ objectId, kind, roles }) =>
      roles.map(({ roleId, scope }): RoleAssignment => ({
        name: guidOf(`${objectId}/${roleId}/${scope ?? ''}`),
        scope: scope ?? subscription,
        roleId,
        principalId: objectId,
        principalType: kind === 'user' ? 'User' : 'ServicePrincipal',
        createdOn: this.#startedAt,
        createdBy: null,
      })),
    )
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
