import { type CommandLine, runCommandLine } from '../console/command-line.ts'
import { exitCodeOf, formatFailure } from './failure.ts'
import { type CliIo, processIo } from './io.ts'
import { createProgram } from './program.ts'

const LINE: CommandLine = {
  name: 'relay-emulator',
  create: createProgram,
  exitCodeOf,
  formatFailure,
  debugVariable: 'RELAY_EMULATOR_DEBUG',
}

/** Runs one command line, e.g. `['start', '--port', '0']`; see {@link runCommandLine}. */
export function run(argv: readonly string[], io: CliIo = processIo()): Promise<number> {
  return runCommandLine(LINE, argv, io)
}
