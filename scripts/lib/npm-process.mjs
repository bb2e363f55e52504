import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * The processes between npm and this one: `{ npm, shell }`, process ids. `shell` is null where the shell that npm
 * started has given its process to this one (bash and zsh do, dash and cmd.exe do not). Null outside an npm script.
 */
export async function findNpm() {
  const script = process.env.npm_lifecycle_script
  if (script === undefined) return null
  const parent = process.ppid
  const { parent: grandparent, command } = await processInfo(parent)
  const isShell = process.platform === 'win32' || command.includes(script)
  return isShell ? { npm: grandparent, shell: parent } : { npm: parent, shell: null }
}

/** Parent and command line of a process; throws when it is gone. */
async function processInfo(pid) {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    return { parent: await linuxParent(pid), command: command.replaceAll('\0', ' ') }
  }
  if (process.platform === 'win32') {
    const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').ParentProcessId`
    const { stdout } = await run('powershell.exe', ['-NoProfile', '-Command', query])
    return { parent: Number(stdout), command: '' }
  }
  const { stdout } = await run('ps', ['-o', 'ppid=,command=', '-p', String(pid)])
  const [, parent, command] = /^\s*(\d+)\s+(.*)$/.exec(stdout.trimEnd())
  return { parent: Number(parent), command }
}

/** Whether npm, and the shell below it, still stand above this process. */
export async function isNpmThere({ npm, shell }) {
  if (process.ppid !== (shell ?? npm)) return false
  if (shell === null) return true
  // A killed npm that nobody has waited for still answers signals, but its children have another parent by then.
  if (process.platform === 'linux') return (await linuxParent(shell).catch(() => 0)) === npm
  return isAlive(shell) && isAlive(npm)
}

/** How often the kernel has put a process to sleep: a number that grows when a waiting process is woken. */
export async function sleepCount(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0)
}

/** Whether a process exists, its owner aside. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

async function linuxParent(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses, and may itself hold blanks and parentheses.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}
