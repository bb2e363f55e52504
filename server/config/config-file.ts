import { dirname, resolve } from 'node:path'
import { OPTIONS, OPTION_NAMES } from '../options.ts'
import type { FileOptions } from '../options.ts'
import type { RelayLimits } from '../relay-limits.ts'
import { type AppServiceConfig, checkAppService } from './app-service-config.ts'
import { checkEntities } from './check-entities.ts'
import type { AdminConfig, ConfigDocument, NamespaceConfig } from './config-document.ts'
import { ConfigError } from './config-error.ts'
import { CONFIG_SCHEMA } from './config-schema.ts'
import type { Environment } from './interpolate.ts'
import { type ArmConfig, type IdentityConfig, checkIdentity } from './identity-config.ts'
import { type NetworkConfig, checkNetwork } from './network-config.ts'
import { schemaCheck } from './schema-problems.ts'
import { YamlSource } from './yaml-source.ts'

/** What the schema lets through. */
type ConfigData = Readonly<Record<string, unknown>> & {
  readonly namespaces?: readonly NamespaceConfig[]
  readonly limits?: Partial<RelayLimits>
  readonly admin?: Partial<AdminConfig>
  readonly network?: Partial<NetworkConfig>
  readonly identity?: IdentityConfig
  readonly arm?: ArmConfig
  readonly appService?: AppServiceConfig
}

/**
 * Reads a configuration, YAML or JSON, and checks all of it (product 4). Paths among the options are taken from
 * the file's folder. Throws {@link ConfigError} with every problem found, each with line and column.
 */
export function parseConfig(input: {
  readonly text: string
  readonly fileName: string
  readonly env: Environment
}): ConfigDocument {
  const { text, fileName, env } = input
  const source = new YamlSource(text, fileName, env)
  const data = checkedData(source)
  const problems = [
    ...checkEntities(data.namespaces ?? []),
    ...checkNetwork(data.network ?? {}),
    ...checkIdentity(data.identity ?? {}),
    ...checkAppService(data.appService ?? {}),
  ]
  if (problems.length > 0) {
    throw new ConfigError(problems.map(({ path, message }) => source.problem(path, message)))
  }
  return {
    options: fileOptions(data, source, fileName),
    namespaces: data.namespaces,
    limits: data.limits ?? {},
    admin: data.admin ?? {},
    network: data.network ?? {},
    identity: data.identity ?? {},
    arm: data.arm ?? {},
    appService: data.appService ?? {},
  }
}

function checkedData(source: YamlSource): ConfigData {
  const check = schemaCheck(CONFIG_SCHEMA)
  let data = source.toData()
  let problems = check(data)
  const coerced = problems.filter(({ path, types }) => source.coerce(path, types))
  if (coerced.length > 0) {
    data = source.toData()
    problems = check(data)
  }
  if (problems.length > 0) {
    throw new ConfigError(
      problems.map(({ path, message, part }) => source.problem(path, message, part)),
    )
  }
  return data as ConfigData
}

function fileOptions(data: ConfigData, source: YamlSource, fileName: string): FileOptions {
  const given = OPTION_NAMES.filter((name) => data[name] !== undefined)
  return Object.fromEntries(
    given.map((name) => {
      const { line, column } = source.problem([name], '')
      const { metavar } = OPTIONS[name]
      const text = String(data[name])
      const isPath = (metavar === 'FILE' || metavar === 'DIR') && text !== ''
      return [
        name,
        {
          text: isPath ? resolve(dirname(fileName), text) : text,
          place: { file: fileName, line: line ?? 1, column: column ?? 1 },
        },
      ]
    }),
  )
}
