import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'

/** A mount namespace of our own, in which /etc/hosts is another file. */
export type HostsNamespace = {
  /** The command that runs `command` inside, as the same user, in the same folder and environment. */
  enter(command: readonly string[]): readonly string[]
  /** Gives it up; programs inside keep it until they end. */
  close(): Promise<void>
}

/** Why this machine cannot have one. The message ends a sentence. */
export class NamespaceUnavailable extends Error {
  override readonly name = 'NamespaceUnavailable'
}

/** Longer than any machine takes for three system calls, ms. */
const DEADLINE_MS = 10_000

/** Binds the file over /etc/hosts, then lives until our end of its standard input is closed. */
const HOLD = 'mount --bind "$1" /etc/hosts && echo ready && exec cat >/dev/null'

/**
 * Opens a mount namespace with `hostsFile` as /etc/hosts, by util-linux's unshare and mount: as it is where we may
 * mount, else in a user namespace in which the current user is mapped to itself. Throws NamespaceUnavailable.
 */
export async function openHostsNamespace(
  hostsFile: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<HostsNamespace> {
  if (process.platform !== 'linux') {
    throw new NamespaceUnavailable(`${process.platform} has no mount namespaces`)
  }
  const reasons: string[] = []
  // Only root may mount by itself; a user namespace costs a program its set-user-ID helpers.
  for (const kind of process.getuid?.() === 0 ? (['mount', 'user'] as const) : ['user' as const]) {
    const holder = await hold(kind, hostsFile, options)
    if (typeof holder !== 'string') return namespaceOf(holder, kind)
    reasons.push(holder)
  }
  throw new NamespaceUnavailable(reasons.at(-1) ?? 'unshare failed')
}

function namespaceOf(holder: ChildProcess, kind: 'mount' | 'user'): HostsNamespace {
  // The holder has our working directory, and --wd goes to its.
  const flags = [`--target=${holder.pid}`, '--mount', '--wd']
  if (kind === 'user') flags.push('--user', '--preserve-credentials')
  return {
    enter: (command) => ['nsenter', ...flags, '--', ...command],
    async close() {
      const isRunning = holder.exitCode === null && holder.signalCode === null
      const ended = isRunning ? once(holder, 'exit') : undefined
      holder.stdin?.destroy()
      await ended
    },
  }
}

/** The process that keeps the namespace, or why there is none. */
async function hold(
  kind: 'mount' | 'user',
  hostsFile: string,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<ChildProcess | string> {
  const flags = kind === 'mount' ? [] : ['--user', '--map-current-user', '--keep-caps']
  const args = ['--mount', ...flags, '--', 'sh', '-c', HOLD, 'sh', hostsFile]
  // A terminal's Ctrl-C is for the program, so the holder is in a process group of its own.
  const holder = spawn('unshare', args, { cwd, env, stdio: 'pipe', detached: true })
  const limit = setTimeout(() => holder.kill('SIGKILL'), DEADLINE_MS)
  let told = ''
  holder.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
  holder.stdin.on('error', () => undefined)
  try {
    return await new Promise<ChildProcess | string>((resolve) => {
      holder.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'ENOENT' ? 'unshare is not installed' : error.message),
      )
      holder.once('close', () => resolve(told.trim().split('\n')[0] || 'unshare failed'))
      holder.stdout.once('data', () => resolve(holder))
    })
  } finally {
    clearTimeout(limit)
  }
}
