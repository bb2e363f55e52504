import { type CommandLine, runCommandLine } from '../console/command-line.ts'
import { processIo, type ProgramIo } from '../console/program-io.ts'
import { exitCodeOf, formatFailure } from './failure.ts'
import { createProgram } from './program.ts'
import { expandShortOptions } from './short-options.ts'

const LINE: CommandLine = {
  name: 'hcm',
  create: createProgram,
  exitCodeOf,
  formatFailure,
  debugVariable: 'HCM_DEBUG',
}

/** Runs one command line, e.g. `['list', '-o', 'table']`; see {@link runCommandLine}. */
export function run(argv: readonly string[], io: ProgramIo = processIo()): Promise<number> {
  return runCommandLine(LINE, expandShortOptions(argv), io)
}
