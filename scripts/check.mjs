// npm run check: everything but the tests that must hold before a commit. Each step runs, whatever the others say.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkContents, install, pack, tryOut } from './lib/package.mjs'
import { watchNpm } from './lib/parent-watch.mjs'
import { prepare } from './lib/prepare.mjs'
import { packageFile, runNode } from './lib/run.mjs'

await watchNpm()
await prepare()
const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-check-'))
const results = []
try {
  await step('format', () => node('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'))
  await step('lint', () => node('oxlint/bin/oxlint', '--type-aware', '--deny-warnings'))
  await step('types', () => node('typescript/lib/tsc.js', '-b'))
  await step('dead code', () => node('knip/bin/knip.js'))
  // What would be published: the tarball is made once, looked at, and used as its users would.
  const tarball = await pack(folder)
  await step('package', () => node('publint/src/cli.js', 'run', '--strict', tarball))
  await step('package types', () =>
    node('@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', tarball),
  )
  const app = join(folder, 'app')
  await step('package installs', () => install(tarball, app))
  await step('package contents', () => checkContents(join(app, 'node_modules', 'relay-emulator')))
  await step('package works', () => tryOut(app))
} finally {
  await rm(folder, { recursive: true, force: true })
}
console.log(`\n${results.join('\n')}`)

async function step(name, run) {
  console.log(`\n## ${name}`)
  const startMs = performance.now()
  const code = await run()
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  results.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (code !== 0) process.exitCode = 1
}

function node(program, ...args) {
  return runNode([packageFile(program), ...args])
}
