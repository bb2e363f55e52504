import type { Server } from 'node:https'
import type { FastifyInstance } from 'fastify'
import { AppService } from '../app-service/app-service.ts'
import { type ConfiguredApps, configureApps } from '../app-service/configured-apps.ts'
import { type EntraVerifier } from '../auth/entra-verifier.ts'
import type { ArmSettings, Identity } from '../auth/identity.ts'
import type { RoleAssignment } from '../auth/roles.ts'
import type { EntraDeps } from '../entra/entra-routes.ts'
import type { EventFeed } from '../events.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { StateFileError } from '../state-file.ts'
import type { ArmDeps, ProviderDeps } from './arm-deps.ts'
import { ArmRouter } from './arm-router.ts'
import { Authorization } from './authorization.ts'
import { armProviders } from './providers.ts'
import { ArmRegistry } from './registry.ts'
import { ResourceGroups } from './resource-groups.ts'
import { RoleAssignments } from './role-assignments.ts'
import { openManagementState } from './state/management-state.ts'

/** The management plane without its port. */
export type ManagementParts = {
  readonly appService: AppService
  /** All role assignments, for the relay's own door. */
  readonly roleAssignments: () => readonly RoleAssignment[]
  /** Builds what the port serves, over connections of `server`. */
  app(server: Server): Promise<FastifyInstance>
  /** Makes App Service what the file says; answers what had to give way, and what is refused. */
  configure(apps: ConfiguredApps): readonly string[]
  /** Forgets what was made at run time, and what the file says of App Service. */
  reset(): void
  /** Resolves when everything is on disk. */
  close(): Promise<void>
}

/** Joins state, roles and providers. Throws `StateFileError` for a damaged file. */
export async function openManagement(input: {
  /** Null keeps nothing. */
  readonly stateFile: string | null
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly entra: EntraDeps
  readonly verifier: EntraVerifier
  readonly settings: () => ArmSettings
  readonly identity: () => Identity
  readonly listenerCount: ProviderDeps['listenerCount']
  readonly endpointPort: () => number
  readonly profile: ProviderDeps['profile']
  readonly now: () => number
  readonly logger: ArmDeps['logger']
}): Promise<ManagementParts> {
  const { store, settings, identity, now, logger } = input
  const state = await openManagementState({
    file: input.stateFile,
    onError: (error: StateFileError) =>
      logger.error({ err: error }, 'changes of the management plane are not saved'),
  })
  const assignments = new RoleAssignments({
    table: state.tables.roleAssignments,
    identity,
    arm: settings,
    startedAtMs: now(),
  })
  const { plans, sites, siteRelays } = state.tables
  const appService = new AppService({ ...input, plans, sites, siteRelays })
  const providerDeps: ProviderDeps = {
    ...input,
    state,
    appService,
    assignments,
    groups: new ResourceGroups(state.tables.resourceGroups, store, () => plans.list()),
    authorization: new Authorization(() => assignments.list()),
  }
  const subscriptionId = () => settings().subscriptionId
  const registry = new ArmRegistry(
    armProviders(providerDeps, () => router),
    subscriptionId,
  )
  const router: ArmRouter = new ArmRouter({ ...providerDeps, registry, subscriptionId })
  const deps: ArmDeps = { ...input, ...providerDeps, registry, router }
  return {
    appService,
    roleAssignments: () => assignments.list(),
    async app(server) {
      const { buildArmApp } = await import('./arm-app.ts')
      return buildArmApp(deps, server)
    },
    configure: (apps) => configureApps(apps, { plans, sites, siteRelays, store, appService }),
    reset: () => state.clear(),
    close: () => state.close(),
  }
}
