import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createAgent } from '../daemon.ts'
import { EXIT, CommandError } from '../../console/command-failure.ts'
import { logOutput } from '../../console/log-output.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { prepareForTunnels } from '../../console/tunnel-process.ts'
import { type RunFlags, readRunOptions } from '../options.ts'
import { catchSignals } from '../../console/stop-signal.ts'
import { stateDirOf } from './settings.ts'

/** How long open tunnels may go on after SIGTERM, ms. */
const DRAIN_MS = 5_000

/** `hcm run`: the daemon, until SIGINT or SIGTERM. Resolves with 0. */
export async function run(flags: RunFlags, io: ProgramIo): Promise<number> {
  const options = readRunOptions(flags, io.env)
  const ca = options.ca === null ? undefined : await readCertificates(options.ca, io)
  prepareForTunnels()
  const signals = catchSignals()
  try {
    const agent = await createAgent({
      stateDir: stateDirOf({ stateDir: options.stateDir ?? undefined }, io),
      name: options.name,
      controlPort: options.controlPort,
      connectTo: options.connectTo,
      ca,
      zeroMask: options.mask === 'zero',
      readyFile: options.readyFile === null ? null : path.resolve(io.cwd, options.readyFile),
      latestVersion: options.simulateLatest ?? io.env['HCM_LATEST_VERSION'],
      portalUrl: options.portalUrl,
      azure: {
        armUrl: io.env['AZURE_RESOURCE_MANAGER_URL'] || undefined,
        tenant: io.env['AZURE_TENANT_ID'] || undefined,
      },
      logLevel: options.logLevel,
      logSink: await logOutput(options, io),
    })
    await signals.requested
    await agent.close({ drainMs: DRAIN_MS })
    return EXIT.fine
  } finally {
    signals.release()
  }
}

const HOW_TO_GET_A_CA = 'relay-emulator cert ca > ca.pem'

async function readCertificates(file: string, io: ProgramIo): Promise<string> {
  let text
  try {
    text = await readFile(path.resolve(io.cwd, file), 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(EXIT.usage, `--ca ${file} cannot be read (${code})`, HOW_TO_GET_A_CA, {
      cause,
    })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new CommandError(
    EXIT.usage,
    `--ca ${file} holds no certificate in PEM form`,
    HOW_TO_GET_A_CA,
  )
}
