// npm run build: all that the package runs, the pages of the browser too.
import { watchNpm } from './lib/parent-watch.mjs'
import { prepare } from './lib/prepare.mjs'

await watchNpm()
await prepare(['.'])
