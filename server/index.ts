import { pino } from 'pino'
import { startServer } from './app.ts'
import { loadConfiguration } from './config/load-configuration.ts'
import { type Flags, OPTION_NAMES, readOptions } from './options.ts'
import type { RelayServer, RelayServerInput } from './relay-server.ts'

export { ConfigError } from './config/config-error.ts'
export type { RelayEvent } from './events.ts'
export {
  type ConnectionStringQuery,
  FixtureError,
  type FixtureErrorCode,
  type HybridConnectionOptions,
  type RelayFixture,
  type WaitOptions,
} from './fixture/relay-fixture.ts'
export type { ServerOptions } from './options.ts'
export type { ReadyDocument, RelayServer, RelayServerInput, ReloadReport } from './relay-server.ts'

/** How a server in a program differs from one on the command line. */
const EMBEDDED: Flags = {
  port: '0',
  plainPort: '0',
  adminPort: '0',
  armPort: '0',
  inMemory: true,
  logLevel: 'silent',
}

/**
 * Starts every port; they accept connections when the promise resolves. Rejects with a ConfigError for options and
 * configuration, and with a plain Error for a port that is taken or a data folder that cannot be used.
 */
export async function createRelayServer(input: RelayServerInput = {}): Promise<RelayServer> {
  const isEmbedded = input.env === undefined && input.cwd === undefined
  const {
    env = {},
    cwd = process.cwd(),
    now = Date.now,
    logger = pino({ level: 'silent' }),
  } = input
  const given = flagsOf(input)
  const isKept = given.dataDir !== undefined
  const flags = isEmbedded ? { ...EMBEDDED, ...(isKept && { inMemory: false }), ...given } : given
  const keptKeys = new Map<string, string>()
  const load = () =>
    loadConfiguration({
      configFile: input.config,
      cwd: isEmbedded ? null : cwd,
      env,
      randomKeys: input.randomKeys,
      keptKeys,
      amend: input.amend,
      now,
    })
  const configuration = await load()
  const options = readOptions({ flags, env, file: configuration.options })
  const { eventLines } = input
  return startServer({ options, configuration, load, isEmbedded, logger, eventLines, now })
}

/** Options as the command line would give them. */
function flagsOf(input: RelayServerInput): Flags {
  const given = OPTION_NAMES.flatMap((name) => {
    const value = input[name]
    if (value === undefined) return []
    const isPort = name === 'plainPort' || name === 'dnsPort'
    if (value === null) return isPort ? [[name, 'off']] : []
    return [[name, typeof value === 'boolean' ? value : String(value)]]
  })
  return Object.fromEntries(given) as Flags
}
