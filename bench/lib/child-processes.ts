import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Cores } from './cores.ts'

const KEPT_STDERR_CHARACTERS = 2_000
const STOP_TIMEOUT_MS = 8_000

/** A running program of the benchmark. */
export type Child = {
  readonly pid: number
  readonly process: ChildProcess
  /** The last of what it wrote to standard error. */
  stderr(): string
}

export type StartOptions = {
  /** Opens a channel for messages. */
  readonly ipc?: boolean
  /** Variables beside the inherited ones. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Which core it gets: that of the relay under test, which is the default, that of the load generator, or both. */
  readonly core?: keyof Cores | 'both'
}

/** Every program that the benchmark started and that still runs. One per run. */
export class ChildProcesses {
  readonly #running = new Set<ChildProcess>()
  readonly #cores: Cores | undefined

  /** Without `cores` nothing is pinned. */
  constructor(cores: Cores | undefined) {
    this.#cores = cores
  }

  /** Throws when the program cannot be started. */
  async start(
    command: string,
    args: readonly string[],
    options: StartOptions = {},
  ): Promise<Child> {
    const pinned = this.#cores ? ['taskset', '--cpu-list', coreList(this.#cores, options.core)] : []
    const [program = command, ...rest] = [...pinned, command, ...args]
    const child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
    })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT_STDERR_CHARACTERS)
    })
    await once(child, 'spawn')
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return { pid: child.pid!, process: child, stderr: () => stderr.trim() }
  }

  /** Starts a module of the benchmark under this Node, with this process' own loader flags. */
  startNode(script: string, args: readonly string[], options?: StartOptions): Promise<Child> {
    return this.start(process.execPath, [...process.execArgv, script, ...args], options)
  }

  /** Ends one program, by force if it lingers; resolves when it is gone. */
  async stop({ process: child }: Child): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await gone
    clearTimeout(force)
  }

  /** For the end of this process: takes effect at once. */
  killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}

function coreList({ relay, generator }: Cores, core: StartOptions['core'] = 'relay'): string {
  return core === 'both' ? `${generator},${relay}` : String(core === 'relay' ? relay : generator)
}
