import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { ReadyDocument } from '../../server/index.ts'

/** The built command line; `npm test` builds before it runs. */
export const CLI = fileURLToPath(new URL('../../dist/programs/relay-emulator.js', import.meta.url))
/** The repository, where programs under test find their packages. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type CliOptions = {
  /** Added to an environment that knows nothing of the person who runs the tests. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly stdin?: string
  /** Another path to {@link CLI}. */
  readonly cli?: string
}

export type Outcome = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `relay-emulator start`. */
export type StartedCli = {
  readonly ready: ReadyDocument & StartLine
  readonly pid: number
  /** An environment in which tools find it. */
  readonly env: NodeJS.ProcessEnv
  stdout(): string
  stderr(): string
  /** Resolves when a line of standard output holds `text`. */
  line(text: string): Promise<string>
  signal(signal: NodeJS.Signals): void
  /** As when the reader at the other end of a pipe goes away. */
  closeStdout(): void
  /** Resolves with how it ended. */
  readonly ended: Promise<Outcome>
  /** SIGTERM if it still runs; resolves with how it ended. */
  stop(): Promise<Outcome>
}

/** What the line adds to the ready document. */
export type StartLine = {
  readonly urls: { readonly relay: string; readonly plain: string | null; readonly admin: string }
  readonly connectionStrings: readonly { readonly connectionString: string }[]
  readonly try: readonly string[]
  readonly warnings: readonly string[]
}

/** Starts the emulator on free ports, in memory unless `args` name a data folder, and waits until it is ready. */
export async function startCli(
  t: Test,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<StartedCli> {
  const ports = [
    '--port',
    '0',
    '--plain-port',
    '0',
    '--admin-port',
    '0',
    '--arm-port',
    '0',
    '--log-format',
    'json',
  ]
  const memory = args.includes('--data-dir') ? [] : ['--in-memory']
  const running = launch(['start', ...ports, ...memory, ...args], options)
  t.teardown(() => running.stop())
  const ready = JSON.parse(await running.line('"msg":"ready"')) as StartedCli['ready']
  return { ...running, ready, env: { RELAY_EMULATOR_ADMIN_URL: ready.admin.url } }
}

/** Runs one command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  return launch(args, options).ended
}

/** Starts a command and leaves it running. The caller stops it. */
export function launch(args: readonly string[], options: CliOptions = {}) {
  const child = spawn(process.execPath, [options.cli ?? CLI, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...cleanEnvironment(), ...options.env },
  })
  const written = collect(child)
  const ended: Promise<Outcome> = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout: written.stdout(),
    stderr: written.stderr(),
  }))
  child.stdin.end(options.stdin ?? '')
  return {
    ...written,
    ended,
    pid: child.pid ?? 0,
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
    closeStdout: () => void child.stdout.destroy(),
    stop: () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      return ended
    },
    async line(text: string): Promise<string> {
      for (;;) {
        const found = written
          .stdout()
          .split('\n')
          .slice(0, -1)
          .find((line) => line.includes(text))
        if (found !== undefined) return found
        await Promise.race([
          once(child.stdout, 'data'),
          ended.then((outcome) =>
            Promise.reject(new Error(`it ended without ${text}: ${JSON.stringify(outcome)}`)),
          ),
        ])
      }
    },
  }
}

function collect(child: ChildProcessWithoutNullStreams) {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A command that ends before it has read its input is no fault of the test.
  child.stdin.on('error', () => undefined)
  return { stdout: () => stdout, stderr: () => stderr }
}

/** Only what a program needs to run at all: no settings of ours, no loader of the test runner, nobody's home. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = [
    ...['PATH', 'Path', 'PATHEXT', 'ComSpec', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP', 'LANG'],
    // Where Node.js finds what earlier tests have compiled.
    'NODE_COMPILE_CACHE',
  ]
  const env: NodeJS.ProcessEnv = {
    HOME: '/nonexistent',
    RELAY_EMULATOR_ADMIN_URL: UNUSED_ADMIN_URL,
  }
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name]
  return env
}

/** Nothing listens on port 3, so that no test finds an emulator that a developer runs. */
const UNUSED_ADMIN_URL = 'http://127.0.0.1:3'
