// npm test [-- FILES or tap's flags]: all tests that need no container engine. `npm run e2e`: those of e2e/.
import { compileSources, runsTypeScript } from './lib/compile-typescript.mjs'
import { watchNpm } from './lib/parent-watch.mjs'
import { prepare } from './lib/prepare.mjs'
import { packageFile, runNode } from './lib/run.mjs'

await watchNpm()
await prepare(['.'])
if (!runsTypeScript()) await compileSources()
const selection = process.argv
  .slice(2)
  .map((argument) => (argument === 'e2e' ? 'e2e/**/*.test.ts' : argument))
// A test whose program is missing skips; where everything is said to be installed, that is a failure.
const strict = process.env.CI_REQUIRE_ALL === '1' ? ['--fail-skip'] : []
// tap waits for its tests when it is told to stop, and they do not hear of it: the signal goes to all of them.
const detached = process.platform !== 'win32'
process.exitCode = await runNode(
  [packageFile('tap/dist/esm/run.mjs'), 'run', ...strict, ...selection],
  { detached },
)
