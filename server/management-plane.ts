import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { AppService } from './app-service/app-service.ts'
import { type EntraDoor, entraDoor } from './auth/entra-door.ts'
import { type PrincipalAccess, principalAccess } from './auth/principal-access.ts'
import type { Configuration } from './config/load-configuration.ts'
import type { AdminApp } from './dashboard/typebox-provider.ts'
import { openEntra } from './entra/entra-parts.ts'
import { identityApi } from './entra/identity-api.ts'
import { identityRoutes } from './entra/identity-routes.ts'
import type { EventFeed } from './events.ts'
import { ArmPort } from './management/arm-port.ts'
import { cloudMetadata } from './management/cloud-metadata.ts'
import { openManagement } from './management/management-parts.ts'
import type { NamespaceStore } from './namespace/store.ts'
import type { ServerOptions } from './options.ts'
import type { ServerCertificate } from './tls/server-certificate.ts'

/** ARM and Entra ID of one server. */
export type ManagementPlane = {
  readonly appService: AppService
  /** The relay's door for tokens of Entra ID. */
  readonly entra: EntraDoor
  readonly access: PrincipalAccess
  /** Opens the port; answers its address, e.g. `https://localhost:9444`. Rejects when it is taken. */
  listen(certificate: ServerCertificate): Promise<string>
  /** What it adds to `/api/v1` of the admin port. */
  readonly plugin: (app: AdminApp) => void
  /** What it adds to the admin port outside the API. */
  readonly outside: (app: FastifyInstance) => void
  /** Makes App Service what the configuration says; answers what had to give way, and what is refused. */
  configure(): readonly string[]
  /** Forgets what was made at run time. `configure` follows when the relay's entities are there again. */
  reset(): void
  /** Closes the port; resolves when everything is on disk. */
  close(): Promise<void>
}

/** Reads what was kept and builds every part. Throws `StateFileError` for a damaged file. */
export async function openManagementPlane(input: {
  readonly options: Pick<ServerOptions, 'host' | 'armPort' | 'dataDir' | 'inMemory'>
  readonly profile: () => ServerOptions['profile']
  readonly configuration: () => Configuration
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly listenerCount: (namespace: string, hybridConnection: string) => number
  /** Port of the relay over TLS. */
  readonly endpointPort: () => number
  /** Unix time in ms. */
  readonly now: () => number
  readonly logger: {
    debug(fields: object, message: string): void
    error(fields: object, message: string): void
  }
}): Promise<ManagementPlane> {
  const { options, configuration, store, events, now, logger } = input
  const kept = (name: string) => (options.inMemory ? null : join(options.dataDir, name))
  const identity = () => configuration().identity
  const settings = () => configuration().arm
  const entra = await openEntra({ keyFile: kept('identity-key.pem'), identity, now })
  const management = await openManagement({
    stateFile: kept('management.json'),
    store,
    events,
    entra,
    verifier: entra.verifier,
    settings,
    identity,
    listenerCount: input.listenerCount,
    endpointPort: input.endpointPort,
    profile: input.profile,
    now,
    logger,
  })
  let port: ArmPort | undefined
  let url = ''
  return {
    appService: management.appService,
    entra: entraDoor({
      verifier: entra.verifier,
      assignments: management.roleAssignments,
      subscriptionId: () => settings().subscriptionId,
    }),
    access: principalAccess({
      identity,
      assignments: management.roleAssignments,
      subscriptionId: () => settings().subscriptionId,
    }),
    async listen(certificate) {
      const opened = new ArmPort(
        certificate.context,
        (server) => management.app(server),
        (error) => logger.error({ err: error }, 'the ARM port does not work'),
      )
      port = opened
      certificate.onRenewed((context) => opened.renew(context))
      url = addressOf(options.host, await opened.listen(options.host, options.armPort))
      return url
    },
    plugin: (api) => identityApi(api, { entra, events, settings, armUrl: () => url }),
    outside: (admin) => {
      identityRoutes(admin, entra)
      // Older builds of Terraform's provider ask in clear text where the host is local.
      admin.get('/metadata/endpoints', (request) =>
        cloudMetadata(request, settings(), `https://${request.hostname}:${new URL(url).port}`),
      )
    },
    configure: () => management.configure(configuration().appService),
    reset: () => management.reset(),
    async close() {
      await port?.close()
      await management.close()
    },
  }
}

/** A name that the certificate holds, for whoever is on this machine. */
function addressOf(host: string, port: number): string {
  const isLocal = ['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(host)
  const name = isLocal ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `https://${name}:${port}`
}
