import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

export type ServerProgram = {
  readonly command: readonly string[]
  /** What it writes to standard error once it accepts connections. */
  readonly ready: string | RegExp
  /** Ends it in order. */
  readonly stop: NodeJS.Signals
  readonly cwd?: string
}

/** Starts a server that does not go into the background and waits until it says that it is ready; it ends with the test. */
export async function startServer(t: Test, program: ServerProgram): Promise<ChildProcess> {
  const { command, ready, stop, cwd = '/' } = program
  const child = spawn('env', ['LC_ALL=C', ...command], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill(stop)
    await exited
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  while (said.search(ready) === -1) {
    const outcome = await Promise.race([once(child.stderr, 'data'), exited.then(() => null)])
    if (outcome === null) throw new Error(`${command.join(' ')} ended: ${said}`)
  }
  return child
}
