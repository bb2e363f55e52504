import { readFile } from 'node:fs/promises'
import type { Namespace } from '../../protocol/entity.ts'
import { readOption, variableOf } from '../options.ts'
import type { FileOptions } from '../options.ts'
import { DEFAULT_LIMITS } from '../relay-limits.ts'
import type { RelayLimits } from '../relay-limits.ts'
import type { AdminConfig, ConfigDocument, NamespaceConfig } from './config-document.ts'
import { configError } from './config-error.ts'
import { appServiceFrom } from './app-service-config.ts'
import { findConfig } from './find-config.ts'
import type { Environment } from './interpolate.ts'
import { DEFAULT_NAMESPACES, namespacesFromConfig } from './namespaces-from-config.ts'
import type { ConfiguredApps } from '../app-service/configured-apps.ts'
import type { ArmSettings, Identity } from '../auth/identity.ts'
import { armSettings, identityFrom } from './identity-config.ts'
import { type NetworkConfig, networkConfig } from './network-config.ts'
import { publishedKeys, randomKeys } from './rule-keys.ts'
import type { KeptKeys } from './rule-keys.ts'

/** Everything a configuration file says, with defaults filled in; `file` is null when there is none. */
export type Configuration = {
  readonly file: string | null
  /** For `readOptions`. */
  readonly options: FileOptions
  readonly namespaces: readonly Namespace[]
  readonly limits: RelayLimits
  readonly admin: AdminConfig
  readonly network: NetworkConfig
  readonly identity: Identity
  readonly arm: ArmSettings
  readonly appService: ConfiguredApps
}

const EMPTY: ConfigDocument = {
  options: {},
  namespaces: undefined,
  limits: {},
  admin: {},
  network: {},
  identity: {},
  arm: {},
  appService: {},
}

/** Changes what the file says of namespaces, or what stands for a missing file. */
export type AmendNamespaces = (namespaces: readonly NamespaceConfig[]) => readonly NamespaceConfig[]

/**
 * Finds, reads and checks the configuration. Called again for a reload. Throws {@link ConfigError}.
 *
 * `configFile` is the value of `--config`; left out, the variable and then `cwd` are looked at. `randomKeys` is the
 * value of that flag; left out, the variable and then the file decide. `keptKeys` makes random keys survive a reload.
 */
export async function loadConfiguration(input: {
  readonly configFile?: string | null | undefined
  /** Null: a file is read only when it is named. */
  readonly cwd: string | null
  readonly env: Environment
  readonly randomKeys?: boolean | undefined
  readonly keptKeys?: KeptKeys
  readonly amend?: AmendNamespaces | undefined
  /** Unix time in ms. */
  readonly now: () => number
}): Promise<Configuration> {
  const { cwd, env, now, keptKeys = new Map() } = input
  const configFile = input.configFile ?? env[variableOf('config')]
  const file = await findConfig({ configFile, cwd })
  const document = file === null ? EMPTY : await readConfig(file, env)
  const flags = { randomKeys: input.randomKeys }
  const isRandom = readOption('randomKeys', { flags, env, file: document.options })
  const keyOf = isRandom ? randomKeys(keptKeys) : publishedKeys
  const namespaces = document.namespaces ?? DEFAULT_NAMESPACES
  return {
    file,
    options: document.options,
    namespaces: namespacesFromConfig(input.amend?.(namespaces) ?? namespaces, keyOf, now()),
    limits: { ...DEFAULT_LIMITS, ...document.limits },
    admin: adminConfig(document.admin, env),
    network: networkConfig(document.network, env),
    identity: identityFrom(document.identity, isRandom ? keptKeys : null),
    arm: armSettings(document.arm),
    appService: appServiceFrom(document.appService),
  }
}

async function readConfig(file: string, env: Environment): Promise<ConfigDocument> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : (error.code ?? 'unknown')
    throw configError('', `cannot read the configuration: ${reason}`, file)
  })
  // A start without a file goes without the parsers.
  const { parseConfig } = await import('./config-file.ts')
  return parseConfig({ text, fileName: file, env })
}

/** Variables win over the file; the one with the hosts is a list with commas (dashboard 8). */
function adminConfig(document: Partial<AdminConfig>, env: Environment): AdminConfig {
  const hosts = env['RELAY_EMULATOR_ADMIN_ALLOWED_HOSTS']
  return {
    token: env['RELAY_EMULATOR_ADMIN_TOKEN'] || (document.token ?? ''),
    allowedHosts: hosts
      ? hosts.split(',').flatMap((host) => host.trim() || [])
      : (document.allowedHosts ?? []),
  }
}
