// Loaded into each test process (.taprc): Node.js 24 runs the sources as they are, older ones learn it here.
import { register } from 'node:module'
import { runsTypeScript } from './lib/compile-typescript.mjs'

if (!runsTypeScript()) {
  process.setSourceMapsEnabled(true)
  register('./lib/typescript-hooks.mjs', import.meta.url)
}
