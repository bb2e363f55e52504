// npm run bench [-- ARGS]: the benchmarks, run as built, as users run the emulator.
import { join } from 'node:path'
import { watchNpm } from './lib/parent-watch.mjs'
import { prepare } from './lib/prepare.mjs'
import { ROOT, runNode } from './lib/run.mjs'

await watchNpm()

await prepare(['cli', 'bench'])
process.exitCode = await runNode([join(ROOT, 'dist', 'bench', 'run.js'), ...process.argv.slice(2)])
