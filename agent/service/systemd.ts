import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { type Scope, UNIT } from './unit.ts'

/** What became of a `systemctl` call. */
export type Systemctl = { readonly code: number; readonly output: string }

/** The service manager of this machine. Tests hand in their own. */
export type ServiceHost = {
  /** False where systemd does not run. */
  readonly hasSystemd: boolean
  readonly scope: Scope
  readonly unitFile: string
  writeUnit(text: string): Promise<void>
  removeUnit(): Promise<void>
  systemctl(...words: readonly string[]): Promise<Systemctl>
}

/** systemd as this process may drive it: the machine's for root, else that of the user's session. */
export function systemdHost(env: NodeJS.ProcessEnv): ServiceHost {
  const scope: Scope = process.getuid?.() === 0 ? 'system' : 'user'
  const configDir = env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  const folder = scope === 'system' ? '/etc/systemd/system' : join(configDir, 'systemd', 'user')
  const unitFile = join(folder, UNIT)
  return {
    // As sd_booted(3) tells it: the program systemctl is also there where systemd is not.
    hasSystemd: existsSync('/run/systemd/system'),
    scope,
    unitFile,
    async writeUnit(text) {
      await mkdir(dirname(unitFile), { recursive: true })
      await writeFile(unitFile, text, { mode: 0o644 })
    },
    removeUnit: () => rm(unitFile, { force: true }),
    systemctl: (...words) => run([...(scope === 'user' ? ['--user'] : []), '--no-pager', ...words]),
  }
}

function run(words: readonly string[]): Promise<Systemctl> {
  return new Promise((resolve) => {
    execFile('systemctl', words, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      resolve({ code, output: `${stdout}${stderr}` || (error?.message ?? '') })
    })
  })
}
