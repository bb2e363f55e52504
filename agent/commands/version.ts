import { PACKAGE_VERSION } from '../../protocol/package-version.ts'
import type { ServiceRow } from '../contract.ts'
import { EXIT, CommandError } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { newerVersion } from '../newer-version.ts'
import { daemonOf, type StateFlags } from './settings.ts'

/** `hcm version`: this version, whether a newer one is known, and the daemon's where that is another. */
export async function version(flags: StateFlags, io: ProgramIo): Promise<number> {
  const own = PACKAGE_VERSION
  const daemon = await runningDaemon(flags, io)
  const latest = daemon?.latest ?? newerVersion(own, io.env['HCM_LATEST_VERSION'] ?? null)
  io.stdout.write(`hcm ${own}\n`)
  if (daemon && daemon.version !== own) {
    io.stdout.write(`the daemon runs ${daemon.version}: hcm service restart\n`)
  }
  io.stdout.write(
    latest === null
      ? 'no newer version is known\n'
      : `${latest} is available: npm install -g relay-emulator@${latest}, then hcm service restart\n`,
  )
  return EXIT.fine
}

async function runningDaemon(flags: StateFlags, io: ProgramIo): Promise<ServiceRow | undefined> {
  try {
    return await (await daemonOf(flags, io)).get<ServiceRow>('/service')
  } catch (error) {
    if (error instanceof CommandError) return undefined
    throw error
  }
}
