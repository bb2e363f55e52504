import type { Command } from 'commander'
import { EXIT, type ExitCode } from './command-failure.ts'
import type { ProgramIo } from './program-io.ts'

/** A program of commands, as its bin runs it. */
export type CommandLine = {
  /** As people type it. */
  readonly name: string
  /** `finish` receives the exit code of the command that ran. */
  readonly create: (io: ProgramIo, finish: (exitCode: number) => void) => Command
  readonly exitCodeOf: (error: unknown) => ExitCode
  readonly formatFailure: (error: unknown, isDebugging: boolean) => string
  /** Variable that adds stack traces to errors. */
  readonly debugVariable: string
}

/**
 * Runs one command line, e.g. `['start', '--port', '0']`, and resolves with its exit code (product 3). Commands that
 * serve resolve when they are stopped. Never rejects: a failure is written to `io.stderr`.
 */
export async function runCommandLine(
  line: CommandLine,
  argv: readonly string[],
  io: ProgramIo,
): Promise<number> {
  let ending: number = EXIT.fine
  const program = line.create(io, (exitCode) => {
    ending = exitCode
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return ending
  } catch (error) {
    if (isUsageMessage(error)) return afterUsage(error, { line, program, argv, io })
    io.stderr.write(line.formatFailure(error, Boolean(io.env[line.debugVariable])))
    return line.exitCodeOf(error)
  }
}

/** What commander throws once it has written its message; help and version too, with exit code 0. */
type UsageMessage = { readonly code: string; readonly exitCode: number }

function isUsageMessage(error: unknown): error is UsageMessage {
  const { code } = (error ?? {}) as Partial<UsageMessage>
  return typeof code === 'string' && code.startsWith('commander.')
}

function afterUsage(
  { code, exitCode }: UsageMessage,
  asked: {
    readonly line: CommandLine
    readonly program: Command
    readonly argv: readonly string[]
    readonly io: ProgramIo
  },
): ExitCode {
  if (exitCode === 0) return EXIT.fine
  const { line, program, argv, io } = asked
  const words = [line.name, ...commandWords(program, argv), '--help']
  if (code !== 'commander.help') io.stderr.write(`  try: ${words.join(' ')}\n`)
  return EXIT.usage
}

/** The words that lead to the command that was meant, e.g. `config validate`. */
function commandWords(program: Command, [word, ...rest]: readonly string[]): string[] {
  const command = program.commands.find((candidate) => candidate.name() === word)
  return command ? [command.name(), ...commandWords(command, rest)] : []
}
