// npm run hcm -- ARGS: the binary hcm from the clone.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { watchNpm } from './lib/parent-watch.mjs'
import { prepareToRun } from './lib/prepare.mjs'
import { ROOT } from './lib/run.mjs'

await watchNpm()
await prepareToRun()
const { main } = await import(pathToFileURL(join(ROOT, 'dist', 'programs', 'hcm.js')).href)
process.exitCode = await main(process.argv.slice(2))
