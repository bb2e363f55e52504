import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'
import { CliError, EXIT } from './failure.ts'
import { findProgram, windowsCommand } from './windows-command.ts'

/** How a program ended; exactly one of the two is not null. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** Signals that are handed on, and by which we end when the program ended by them. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

/**
 * Runs a program on our own streams until it ends. Signals sent to us reach it; Ctrl-C at a terminal is
 * left to the terminal, which already sends it to both. Throws 1 when the program cannot be started.
 */
export async function runChild(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ending> {
  const { file, args, verbatim } = prepare(command, env)
  let child: ChildProcess | undefined
  const handOn = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal)
  }
  const signals =
    process.platform === 'win32' ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : SIGNALS
  // Before the program starts: a signal that came in between would end us alone and leave it behind.
  for (const signal of signals) process.on(signal, handOn)
  try {
    const started = spawn(file, args, { stdio: 'inherit', env, windowsVerbatimArguments: verbatim })
    child = started
    return await new Promise<Ending>((resolve, reject) => {
      started.once('error', (error: NodeJS.ErrnoException) =>
        reject(notStarted(command[0] ?? '', error)),
      )
      started.once('exit', (code, signal) => resolve({ code, signal }))
    })
  } finally {
    for (const signal of signals) process.off(signal, handOn)
  }
}

/** Runs a program without any input and answers its code with all that it wrote. Throws 1 when it cannot be started. */
export async function collectChild(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { file, args, verbatim } = prepare(command, env)
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(file, args, { stdio: [...stdio], env, windowsVerbatimArguments: verbatim })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(notStarted(command[0] ?? '', error)),
    )
    child.once('close', (code) => resolve({ code, output }))
  })
}

/** Ends as the program ended: by the same signal if it can be, else with its code or 128 + signal number. */
export function endAs(ending: Ending): number {
  const { code, signal } = ending
  if (code !== null || signal === null) return code ?? EXIT.failed
  if ((SIGNALS as readonly string[]).includes(signal)) process.kill(process.pid, signal)
  return 128 + constants.signals[signal]
}

function prepare(command: readonly string[], env: NodeJS.ProcessEnv) {
  const [file = '', ...args] = command
  if (process.platform !== 'win32') return { file, args, verbatim: false }
  return windowsCommand(findProgram(file, env), args, env)
}

function notStarted(file: string, error: NodeJS.ErrnoException): CliError {
  const missing = /[/\\]/.test(file) ? 'there is no such file' : 'it is not on the PATH'
  const reasons: Record<string, string> = {
    ENOENT: missing,
    EACCES: 'it is a folder, or this user may not run it',
  }
  const reason = reasons[error.code ?? ''] ?? error.code ?? error.message
  return new CliError(EXIT.failed, `cannot run ${file}: ${reason}`, undefined, { cause: error })
}
