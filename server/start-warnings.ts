import type { Namespace } from '../protocol/entity.ts'
import { endpointHost } from './namespace/connection-strings.ts'
import type { EntityClash } from './namespace/store.ts'
import type { ServerOptions } from './options.ts'

/** What the person who starts the server should know, a sentence each. */
export function startWarnings(facts: {
  readonly options: ServerOptions
  readonly namespaces: readonly Namespace[]
  readonly clashes: readonly EntityClash[]
  /** Of what the configuration says of App Service. */
  readonly apps: readonly string[]
  readonly replacedCa: string | null
}): string[] {
  const { options, namespaces, clashes, apps, replacedCa } = facts
  const warnings: string[] = []
  if (!isLoopback(options.host)) {
    if (!options.randomKeys) {
      warnings.push(
        `Published keys are served on ${options.host}: whoever reaches it can listen and send. Use --random-keys, or bind loopback.`,
      )
    }
    warnings.push(
      `The admin port is open on ${options.host}. Set RELAY_EMULATOR_ADMIN_TOKEN, or bind loopback.`,
    )
  }
  if (replacedCa !== null)
    warnings.push(`The CA is a new one and must be trusted again: ${replacedCa}`)
  for (const namespace of namespaces.slice(1)) {
    warnings.push(
      `${endpointHost(namespace, false)} (namespace ${namespace.name}) may need a hosts entry for 127.0.0.1.`,
    )
  }
  warnings.push(...clashes.map(clashText), ...apps)
  return warnings
}

/** What happened to an entity made at run time whose name the configuration has taken. */
export function clashText({ namespace, hybridConnection, rule, outcome }: EntityClash): string {
  const entity = hybridConnection === null ? namespace : `${namespace}/${hybridConnection}`
  const name = rule === undefined ? entity : `rule ${rule} of ${entity}`
  return `${name}, made at run time, was ${outcome} by the configuration.`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
