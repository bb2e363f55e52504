import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
export type Ending = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

const MAX_KEPT_BYTES = 4 * 1024 * 1024
/** Time to end in order, ms. */
const GRACE_MS = 3_000

/** The client under test, running. */
export class Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ending>
  #stdout: Buffer[] = []
  #stdoutBytes = 0
  #stderr = ''
  #isOver = false

  /** Starts `command`; what it is given on standard input is `input`, or left open when that is undefined. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv, input?: Buffer) {
    const [file = '', ...args] = command
    // A group of its own, so that what the command starts ends with it.
    const detached = process.platform !== 'win32'
    this.child = spawn(file, args, { env, stdio: 'pipe', detached })
    this.child.stdin?.on('error', () => {})
    if (input !== undefined) this.child.stdin?.end(input)
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdoutBytes += chunk.length
      if (this.#stdoutBytes <= MAX_KEPT_BYTES) this.#stdout.push(chunk)
    })
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-MAX_KEPT_BYTES)
    })
    this.ended = this.#end()
    this.ended.catch(() => {})
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The last line that it wrote to standard error. */
  get lastWords(): string {
    return this.#stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
  }

  /** Asks it to end by closing its standard input, then by SIGTERM, then makes it end. */
  async stop(graceMs = GRACE_MS): Promise<void> {
    this.child.stdin?.end()
    const limits = [
      [graceMs, 'SIGTERM'],
      [graceMs, 'SIGKILL'],
    ] as const
    for (const [ms, signal] of limits) {
      if (await this.#isOverWithin(ms)) return
      this.kill(signal)
    }
    await this.ended.catch(() => {})
  }

  kill(signal: NodeJS.Signals): void {
    const { pid } = this.child
    if (pid === undefined || this.#isOver) return
    try {
      if (process.platform === 'win32') this.child.kill(signal)
      else process.kill(-pid, signal)
    } catch {
      // It has just ended.
    }
  }

  async #end(): Promise<Ending> {
    try {
      const [code, signal] = (await once(this.child, 'close')) as [
        number | null,
        NodeJS.Signals | null,
      ]
      return { code, signal, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr }
    } finally {
      this.#isOver = true
    }
  }

  async #isOverWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms)
    })
    const end = this.ended.then(
      () => true,
      () => true,
    )
    const isOver = await Promise.race([end, limit])
    clearTimeout(timer)
    return isOver
  }
}
