import { resolve } from 'node:path'
import { loadConfiguration } from '../../server/config/load-configuration.ts'
import {
  type Flags,
  type OptionName,
  type ServerOptions,
  readOptions,
  variableOf,
} from '../../server/options.ts'
import type { CliIo } from '../io.ts'

/** What the sandbox's relay runs with. */
export type SandboxSettings = {
  /** The configuration file, null when there is none. */
  readonly file: string | null
  readonly options: ServerOptions
  /** False where an option has its default value. */
  readonly isGiven: (name: OptionName) => boolean
}

/** Reads flags, environment and configuration file, as `start` does. Throws ConfigError. */
export async function readSettings(flags: Flags, io: CliIo): Promise<SandboxSettings> {
  const { env, cwd } = io
  const configFile = typeof flags.config === 'string' ? flags.config : undefined
  const configuration = await loadConfiguration({ configFile, cwd, env, now: Date.now })
  const inFile = configuration.options
  const options = readOptions({ flags, env, file: inFile })
  return {
    file: configuration.file,
    // What is printed of it is pasted in other folders.
    options: { ...options, dataDir: resolve(cwd, options.dataDir) },
    isGiven: (name) =>
      flags[name] !== undefined || Boolean(env[variableOf(name)]) || inFile[name] !== undefined,
  }
}
