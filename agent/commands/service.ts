import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { EXIT, CommandError } from '../../console/command-failure.ts'
import { programUrl } from '../../console/package-file.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { flagWords, readRunOptions, type RunFlags } from '../options.ts'
import { type ServiceHost, systemdHost } from '../service/systemd.ts'
import { UNIT, unitText } from '../service/unit.ts'
import { stateDirOf } from './settings.ts'

/** What `hcm service` is asked to do. */
export type ServiceAction = 'install' | 'uninstall' | 'start' | 'stop' | 'status' | 'restart'

/** State of a unit for the whole machine; that of one user is the per-user folder. */
const SYSTEM_STATE_DIR = '/var/lib/relay-emulator-hcm'

/** `hcm service ...`: writes and drives the systemd unit. `flags` are those that the unit gives to `hcm run`. */
export async function service(
  action: ServiceAction,
  flags: RunFlags,
  io: ProgramIo,
  host: ServiceHost = systemdHost(io.env),
): Promise<number> {
  if (action === 'install') return install(flags, io, host)
  requireSystemd(host)
  switch (action) {
    case 'uninstall':
      await host.systemctl('disable', '--now', UNIT)
      await host.removeUnit()
      await host.systemctl('daemon-reload')
      io.stdout.write(`${host.unitFile} was removed; the state folder stays\n`)
      return EXIT.fine
    case 'status': {
      const { code, output } = await host.systemctl('status', UNIT)
      io.stdout.write(output)
      return code === 0 ? EXIT.fine : EXIT.failed
    }
    case 'start':
    case 'stop':
    case 'restart':
      await driven(host, action, UNIT)
      io.stdout.write(`${UNIT}: ${action} done\n`)
      return EXIT.fine
  }
}

async function install(flags: RunFlags, io: ProgramIo, host: ServiceHost): Promise<number> {
  // A wrong flag is told now, not in the journal of a unit that restarts for ever.
  readRunOptions(flags, {})
  const { stateDir, ...others } = flags
  const isChosen = stateDir !== undefined || io.env['HCM_STATE_DIR']
  const folder =
    host.scope === 'system' && !isChosen
      ? SYSTEM_STATE_DIR
      : stateDirOf({ stateDir: [stateDir ?? []].flat()[0] }, io)
  const main = fileURLToPath(programUrl('hcm'))
  const text = unitText({
    command: [process.execPath, main, 'run', ...flagWords(others)],
    stateDir: folder,
    scope: host.scope,
  })
  if (!host.hasSystemd) {
    io.stdout.write(text)
    throw new CommandError(
      EXIT.failed,
      `systemd does not run here, so nothing was installed; above is what would be written to ${host.unitFile}`,
      'hcm run, in the foreground',
    )
  }
  await host.writeUnit(text)
  await driven(host, 'daemon-reload')
  await driven(host, 'enable', UNIT)
  io.stdout.write(`${host.unitFile} was written; its state folder is ${folder}\n`)
  io.stdout.write('  next: hcm service start\n')
  return EXIT.fine
}

function requireSystemd(host: ServiceHost): void {
  if (host.hasSystemd) return
  throw new CommandError(
    EXIT.failed,
    'systemd does not run here, so there is no service to drive',
    'hcm run, in the foreground; hcm service install shows the unit',
  )
}

async function driven(host: ServiceHost, ...words: readonly string[]): Promise<void> {
  const { code, output } = await host.systemctl(...words)
  if (code === 0) return
  throw new CommandError(
    EXIT.failed,
    `systemctl ${words.join(' ')} failed: ${output.trim()}`,
    host.scope === 'system'
      ? 'hcm service status'
      : 'hcm service install, if it was not installed yet',
  )
}
