#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { EXIT, exitCodeOf, formatFailure } from './failure.ts'
import { processIo } from './io.ts'
import type { HcmIo } from './io.ts'
import { createProgram } from './program.ts'
import { expandShortOptions } from './short-options.ts'

/**
 * Runs one command line, e.g. `['list', '-o', 'table']`, and resolves with its exit code (product 3). `run` resolves
 * when it is stopped. Never rejects: a failure is written to `io.stderr`.
 */
export async function main(argv: readonly string[], io: HcmIo = processIo()): Promise<number> {
  let ending: number = EXIT.fine
  const program = createProgram(io, (exitCode) => {
    ending = exitCode
  })
  try {
    await program.parseAsync(expandShortOptions(argv), { from: 'user' })
    return ending
  } catch (error) {
    if (error instanceof CommanderError) return afterUsage(error, program, argv[0], io)
    io.stderr.write(formatFailure(error, Boolean(io.env.HCM_DEBUG)))
    return exitCodeOf(error)
  }
}

/** Commander has already written its message; help and version come here as well, with code 0. */
function afterUsage(
  error: CommanderError,
  program: Command,
  word: string | undefined,
  io: HcmIo,
): number {
  if (error.exitCode === 0) return EXIT.fine
  const command = program.commands.find((candidate) => candidate.name() === word)
  const words = ['hcm', ...(command ? [command.name()] : []), '--help']
  if (error.code !== 'commander.help') io.stderr.write(`  try: ${words.join(' ')}\n`)
  return EXIT.usage
}

/** True when node was started with this file, also through the link that npm puts into node_modules/.bin. */
function isEntryPoint(): boolean {
  const started = process.argv[1]
  if (started === undefined) return false
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(import.meta.url))
  } catch {
    return false
  }
}

/** `hcm logs | head` is no error: who watches standard output stops in order, anything else just ends. */
function endQuietlyOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (process.stdout.listenerCount('error') === 1) process.exit(EXIT.fine)
  })
}

if (isEntryPoint()) {
  endQuietlyOnBrokenPipe()
  process.exitCode = await main(process.argv.slice(2))
}
