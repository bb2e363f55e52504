import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** One line of JSON a test program printed. */
export type ProgramEvent = { readonly event: string; readonly [member: string]: unknown }

/** A program of `e2e/clients`, running. */
export type Program = {
  readonly process: ChildProcess
  /** The next event of this name; those before it are skipped. Rejects when the program ends first. */
  next(event: string): Promise<ProgramEvent>
  /** What it wrote to standard error so far. */
  errors(): string
  /** Ends it by this signal and waits. */
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts a program with Node; it ends with the test. `caFile` is what its Node trusts besides the public roots. */
export function startProgram(
  t: Test,
  name: string,
  args: readonly string[],
  caFile: string,
): Program {
  const file = fileURLToPath(new URL(`../clients/${name}`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], {
    // Only what the program needs: the settings of the test runner stay out of it.
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      NODE_EXTRA_CA_CERTS: caFile,
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  t.teardown(() => kill('SIGKILL'))
  return {
    process: child,
    async next(event) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`${name} ended before "${event}": ${errors}`)
        const read = JSON.parse(value) as ProgramEvent
        if (read.event === event) return read
      }
    },
    errors: () => errors,
    kill,
  }
}
