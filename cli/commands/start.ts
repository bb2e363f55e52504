import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import type { Logger } from 'pino'
import { createRelayServer } from '../../server/index.ts'
import type { RelayServer } from '../../server/index.ts'
import type { Flags } from '../../server/options.ts'
import { DEFAULT_ADMIN_URL } from '../admin-client.ts'
import { EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'
import { createLog, isJsonLog } from '../logger.ts'
import { blockFields, formatBlock, selfCommand } from '../start-block.ts'
import type { StartFacts } from '../start-block.ts'
import { catchSignals } from '../../console/stop-signal.ts'
import { PACKAGE_VERSION } from '../../protocol/package-version.ts'

/**
 * `start`: serves until SIGINT or SIGTERM, then ends in order and resolves with 0. SIGHUP reads the
 * configuration again. The block with the connection strings is written once, when every port is open.
 */
export async function start(flags: Flags, io: CliIo): Promise<number> {
  keepConnectionsYoung()
  const { options, file } = await localSettings(flags, io)
  const log = await createLog(options, io)
  const { logger } = log
  let server: RelayServer | undefined
  const signals = catchSignals(() => {
    if (server) void reload(server, logger)
  })
  try {
    server = await createRelayServer({ ...options, env: io.env, cwd: io.cwd, ...log })
    // Behind the lines of the start.
    logger.flush()
    writeBlock(server, file, io)
    const signal = await signals.requested
    logger.info({ signal }, 'stopping')
    await server.close()
    return EXIT.fine
  } finally {
    signals.release()
  }
}

/**
 * V8 learns at start, when everything stays, to put what sockets are made of where only a full collection looks, and
 * there each connection that has ended keeps the next one alive. Without that the collector has a fifth of the work.
 */
function keepConnectionsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/** Reads the configuration of a running server again, and says in its log what came of it. */
export async function reload(server: RelayServer, logger: Logger): Promise<void> {
  try {
    const outcome = await server.reload()
    if (outcome.ok) logger.info({ changes: outcome.changes }, 'configuration reloaded')
    else
      logger.error(
        { problems: outcome.problems },
        'configuration refused, the old one stays in force',
      )
  } catch (error) {
    logger.error({ message: (error as Error).message }, 'configuration not reloaded')
  }
}

function writeBlock(server: RelayServer, configFile: string | null, io: CliIo): void {
  const facts = startFacts(server, configFile, io)
  const json = { level: 30, time: Date.now(), ...blockFields(facts, server.ready), msg: 'ready' }
  io.stdout.write(isJsonLog(server.options, io) ? `${JSON.stringify(json)}\n` : formatBlock(facts))
}

function startFacts(server: RelayServer, configFile: string | null, io: CliIo): StartFacts {
  const { ready, identity, arm, dnsPort, options, namespaces, warnings } = server
  const { port, plainPort } = ready.relay
  const admin = ready.admin.url
  return {
    version: PACKAGE_VERSION,
    pid: process.pid,
    urls: {
      relay: `sb://localhost:${port}/`,
      plain: plainPort === null ? null : `http://localhost:${plainPort}/`,
      admin,
    },
    azure: azureFacts(ready, identity, arm),
    dnsPort,
    port,
    namespaces,
    loginLink: server.loginLink(),
    caFile: ready.caFile,
    seed: ready.seed,
    profile: options.profile,
    dataDir: options.inMemory ? null : options.dataDir,
    configFile,
    warnings,
    self: selfCommand(io.env),
    isDefaultAdmin:
      admin.replace(/\/$/, '') === (io.env.RELAY_EMULATOR_ADMIN_URL || DEFAULT_ADMIN_URL),
  }
}

function azureFacts(
  { arm }: RelayServer['ready'],
  { tenantId, principals }: RelayServer['identity'],
  { subscriptionId }: RelayServer['arm'],
): StartFacts['azure'] {
  const first = principals.find(({ kind }) => kind === 'servicePrincipal')
  return {
    armUrl: arm.url,
    tenantId,
    subscriptionId,
    clientId: first?.clientId ?? 'none',
    clientSecret: first?.secret ?? 'none',
  }
}
