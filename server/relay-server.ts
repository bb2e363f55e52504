import type { Logger } from 'pino'
import type { LineSink } from '../console/line-sink.ts'
import type { Namespace } from '../protocol/entity.ts'
import type { ArmSettings, Identity } from './auth/identity.ts'
import type { AmendNamespaces } from './config/load-configuration.ts'
import type { EventFeed } from './events.ts'
import type { RelayFixture } from './fixture/relay-fixture.ts'
import type { ReadyNamespace } from './namespace/connection-strings.ts'
import type { ServerOptions } from './options.ts'

/** What a script needs to use a running server. Source: product 3. */
export type ReadyDocument = {
  readonly pid: number
  readonly relay: {
    readonly host: string
    readonly port: number
    readonly plainPort: number | null
  }
  readonly admin: { readonly url: string }
  readonly arm: { readonly url: string }
  /** Null with a certificate of the user's. */
  readonly caFile: string | null
  readonly seed: number
  readonly namespaces: readonly ReadyNamespace[]
}

/**
 * Options of `start`, each optional. With `env` or `cwd` they are completed as on the command line: variables,
 * configuration file, default ports. Without both the server is embedded in a program: ports are free ones,
 * nothing is read but `config` and nothing kept but in `dataDir`.
 */
export type RelayServerInput = Partial<ServerOptions> & {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Changes the namespaces of the configuration, at the start and at every reload. */
  readonly amend?: AmendNamespaces | undefined
  /** Where log lines go; nowhere when left out. */
  readonly logger?: Logger
  /** Takes the lines of facts in the logger's stead, as JSON; those of its level. */
  readonly eventLines?: LineSink | undefined
  /** Unix time in ms; for tests. */
  readonly now?: () => number
}

export type ReloadReport =
  | { readonly ok: true; readonly changes: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** A running server; what tests ask of it is that of a relay in a container too. */
export interface RelayServer extends RelayFixture, AsyncDisposable {
  readonly ready: ReadyDocument
  /** Port of the name service, UDP and TCP; null when it is off. */
  readonly dnsPort: number | null
  /** What is in force. */
  readonly options: ServerOptions
  /** All entities with rules and keys, as they are now. */
  readonly namespaces: readonly Namespace[]
  /** Tenant and principals of its Entra ID, secrets included. */
  readonly identity: Identity
  readonly arm: ArmSettings
  /** The emulator's CA; null with a certificate of the user's. */
  readonly caPem: string | null
  /** A link that logs one browser in to the dashboard, once and within 60 s; null where no admin token is set. */
  loginLink(): string | null
  /** What the person who started the server should read. */
  readonly warnings: readonly string[]
  /** Every fact as it happens. */
  readonly feed: EventFeed
  /** Reads the configuration again. A bad file changes nothing and is explained. */
  reload(): Promise<ReloadReport>
  /** Stops accepting, closes control channels with 1001, waits at most `drainMs` for tunnels, ends everything. */
  close(options?: { readonly drainMs?: number }): Promise<void>
}
