import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { watchNpm } from './parent-watch.mjs'
import { prepareToRun } from './prepare.mjs'
import { ROOT } from './run.mjs'

/** Prepares the clone and runs one command line of `relay-emulator` in this process. */
export async function runCli(argv) {
  await watchNpm()
  await prepareToRun()
  const { main } = await import(
    pathToFileURL(join(ROOT, 'dist', 'programs', 'relay-emulator.js')).href
  )
  process.exitCode = await main(argv)
}
