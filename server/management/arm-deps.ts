import type { AppService } from '../app-service/app-service.ts'
import type { EntraVerifier } from '../auth/entra-verifier.ts'
import type { ArmSettings, Identity } from '../auth/identity.ts'
import type { EntraDeps } from '../entra/entra-routes.ts'
import type { EventFeed } from '../events.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { ArmRouter } from './arm-router.ts'
import type { Authorization } from './authorization.ts'
import type { ArmRegistry } from './registry.ts'
import type { ResourceGroups } from './resource-groups.ts'
import type { RoleAssignments } from './role-assignments.ts'
import type { ManagementState } from './state/management-state.ts'

/** What the providers are made of. */
export type ProviderDeps = {
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly state: ManagementState
  readonly appService: AppService
  readonly groups: ResourceGroups
  readonly assignments: RoleAssignments
  readonly authorization: Authorization
  readonly settings: () => ArmSettings
  readonly identity: () => Identity
  /** Control channels now open to a hybrid connection. */
  readonly listenerCount: (namespace: string, hybridConnection: string) => number
  /** Port of the relay over TLS, for connection strings. */
  readonly endpointPort: () => number
  /** Year whose documented behaviour holds. */
  readonly profile: () => '2017' | '2023' | '2025'
  /** Unix time in ms. */
  readonly now: () => number
}

/** What the management port works with. */
export type ArmDeps = ProviderDeps & {
  readonly registry: ArmRegistry
  readonly router: ArmRouter
  readonly verifier: EntraVerifier
  readonly entra: EntraDeps
  readonly logger: {
    debug(fields: object, message: string): void
    error(fields: object, message: string): void
  }
}
