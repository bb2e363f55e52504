import type { Sessions } from '../../console/session.ts'
import type { AppService } from '../app-service/app-service.ts'
import type { EntraDoor } from '../auth/entra-door.ts'
import type { EventFeed } from '../events.ts'
import type { NetworkHits } from '../namespace/network-hits.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { RuntimeSettings } from '../runtime-settings.ts'
import type { PrincipalAccess } from '../auth/principal-access.ts'
import type { FastifyInstance } from 'fastify'
import type { LiveSource } from './live.ts'
import type { AdminApp } from './typebox-provider.ts'

/** What a running server says of itself. */
export type ServerFacts = {
  /** ISO 8601 UTC with milliseconds. */
  readonly startedAt: string
  /** A new one at each start, so that whoever polls sees a restart, e.g. `e_9f3c`. */
  readonly epoch: string
  readonly profile: '2017' | '2023' | '2025'
  readonly seed: number
  readonly loose: boolean
  /** Null, or left out, when rendezvous addresses have no names of gateways. */
  readonly gatewayStamp?: string | null
  /** `relay` as `sb://localhost:9443/`, `plain` (null when closed) and `admin` as `http://...`. */
  readonly urls: { readonly relay: string; readonly plain: string | null; readonly admin: string }
}

/** How reading the configuration again ended. A refused file leaves everything as it was. */
export type ReloadOutcome =
  | {
      readonly ok: true
      readonly file: string | null
      /** Entities that came, changed or went, e.g. `contoso/sql created`. */
      readonly changes: readonly string[]
      readonly warnings: readonly string[]
    }
  | {
      readonly ok: false
      readonly file: string | null
      readonly problems: readonly ReloadProblem[]
    }

/** One fault of the file. `path` is a JSON pointer into it, `line` and `column` count from 1. */
export type ReloadProblem = {
  readonly path: string
  readonly message: string
  readonly line: number | null
  readonly column: number | null
}

/** A pino-like logger, as much of it as the admin port uses. */
export type AdminLogger = {
  debug(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** All that the admin port knows of the server it belongs to. */
export type AdminDeps = {
  readonly version: string
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly live: LiveSource
  /** Hits of the network rules. */
  readonly hits: NetworkHits
  readonly metrics: {
    readonly contentType: string
    text(): string
    /** Those of one hybrid connection, by the names of Azure Monitor. */
    of(namespace: string, hybridConnection: string): Readonly<Record<string, number>>
  }
  /** True from the moment every port accepts connections. */
  readonly isReady: () => boolean
  /** True from the first signal on: the API changes nothing any more. */
  readonly isStopping: () => boolean
  /** The emulator's own CA; null with a certificate of the user's. */
  readonly caPem: string | null
  /** Where it lies on this machine; null when it lies nowhere. */
  readonly caFile: string | null
  readonly settings: RuntimeSettings
  /** `token` is empty when none is asked for; `allowedHosts` are further names for the `Host` header. */
  readonly guard: { readonly token: string; readonly allowedHosts: readonly string[] }
  /** Browsers that have logged in. */
  readonly sessions: Sessions
  readonly facts: () => ServerFacts
  /** Port of the relay over TLS, for connection strings. */
  readonly endpointPort: () => number
  /** Reads the configuration again. */
  readonly reload: () => Promise<ReloadOutcome>
  /** Back to the state right after start: entities of the file, nothing connected. */
  readonly reset: () => Promise<void>
  /** Routes under `/api/v1` of parts that are none of the dashboard's business. */
  readonly plugins?: readonly ((app: AdminApp) => void)[]
  /** Routes outside `/api`, which keep their own rules for content types. */
  readonly outside?: (app: FastifyInstance) => void
  /** Plans and apps; none of their routes without it. */
  readonly appService?: AppService
  /** Who may do what in the management plane. */
  readonly access?: PrincipalAccess
  /** Judges tokens of Entra ID. */
  readonly entra?: EntraDoor
  readonly now: () => number
  readonly logger: AdminLogger
}
