import type { Namespace } from '../protocol/entity.ts'
import { loadConfiguration } from '../server/config/load-configuration.ts'
import { readOptions } from '../server/options.ts'
import type { Flags, ServerOptions } from '../server/options.ts'
import type { CliIo } from './io.ts'

/** What `start` would run with in this working directory and environment. */
export type LocalSettings = {
  /** The configuration file, null when there is none. */
  readonly file: string | null
  readonly options: ServerOptions
  readonly namespaces: readonly Namespace[]
  /** Keys in `namespaces` that were made up here: `--random-keys` gives a running emulator others. */
  readonly unknownKeys: ReadonlySet<string>
}

/** Reads flags, environment and configuration file, as `start` does. Throws ConfigError. */
export async function localSettings(flags: Flags, io: CliIo): Promise<LocalSettings> {
  const given = {
    configFile: typeof flags.config === 'string' ? flags.config : undefined,
    cwd: io.cwd,
    env: io.env,
    now: Date.now,
  }
  const { options: fileOptions } = await loadConfiguration(given)
  const options = readOptions({ flags, env: io.env, file: fileOptions })
  // Only now is it known whether keys are random: a variable has its say as well.
  const keptKeys = new Map<string, string>()
  const { randomKeys } = options
  const { file, namespaces } = await loadConfiguration({ ...given, randomKeys, keptKeys })
  return { file, options, namespaces, unknownKeys: new Set(keptKeys.values()) }
}
