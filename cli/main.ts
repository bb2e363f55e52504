#!/usr/bin/env node
import { runAsBin } from '../console/run-as-bin.ts'
import type { CliIo } from './io.ts'

/** Runs one command line of `relay-emulator`, e.g. `['start', '--port', '0']`, and resolves with its exit code. */
export async function main(argv: readonly string[], io?: CliIo): Promise<number> {
  const { run } = await import('./run.ts')
  return run(argv, io)
}

await runAsBin(import.meta.url, main)
