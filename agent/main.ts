#!/usr/bin/env node
import { runAsBin } from '../console/run-as-bin.ts'
import type { ProgramIo } from '../console/program-io.ts'

/** Runs one command line of `hcm`, e.g. `['list', '-o', 'table']`, and resolves with its exit code. */
export async function main(argv: readonly string[], io?: ProgramIo): Promise<number> {
  const { run } = await import('./run.ts')
  return run(argv, io)
}

await runAsBin(import.meta.url, main)
