import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { licencesOf } from './licences.mjs'
import { modifiedMs, newestMs } from './newest.mjs'
import { ROOT } from './run.mjs'

/** Why the programs are bundled: docs/decisions/0012. */
const OUT = 'dist/programs'
const ENTRIES = {
  'relay-emulator': 'cli/main.ts',
  hcm: 'agent/main.ts',
  'end-with-parent': 'cli/sandbox/end-with-parent.ts',
  'exec-preload': 'cli/preload.ts',
  'app-preload': 'cli/preload-app.ts',
}
const SOURCES = [
  ...['protocol', 'console', 'server', 'client', 'agent', 'cli', 'e2e/conformance'],
  ...['package-lock.json', 'scripts/lib/build-programs.mjs'],
]
const CODE = /(?<!\.test)\.ts$/
/** Looked for at run time, and done without where they are not: bound to a processor. */
const OPTIONAL = ['bufferutil', 'utf-8-validate']
/**
 * What fastify loads for apps without compilers of their own, and for tests: nothing here comes that way, and it is a
 * quarter of what a start would read.
 */
const UNREACHED = [
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
]
/** What packages of the older kind take for granted. */
const OLDER_KIND = `import { createRequire as nodeRequire } from 'node:module';
const require = nodeRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`

/** Bundles the programs when a source is newer than they are. Rejects with the errors of the build. */
export async function buildPrograms() {
  const out = join(ROOT, OUT)
  const notices = join(out, 'THIRD-PARTY-LICENSES.txt')
  // Written last: whoever was interrupted begins anew.
  const builtMs = await modifiedMs(notices)
  const sources = SOURCES.map((path) => join(ROOT, path))
  if (builtMs > (await newestMs(sources, CODE))) return
  const startedAt = new Date()
  // Loaded here: who has nothing to build does not wait for it.
  const { build, stop } = await import('esbuild')
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: OUT,
    bundle: true,
    // What a command does not need stays in files that it does not read.
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Modules proper before what stands in for them in old Node.js: less is run, and unused parts fall away.
    mainFields: ['module', 'main'],
    external: OPTIONAL,
    inject: [join(ROOT, 'scripts/lib/globals.mjs')],
    banner: { js: OLDER_KIND },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
    plugins: [
      { name: 'unreached', setup: leaveOut },
      { name: 'names', setup: keepNames },
    ],
  }).finally(stop)
  const licences = await licencesOf(Object.keys(metafile.inputs))
  await mkdir(out, { recursive: true })
  await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents)))
  const names = outputFiles.map(({ path }) => basename(path))
  // Last, and these alone: a program that runs may still ask for what has not changed.
  const former = (await readdir(out)).filter((name) => !names.includes(name))
  await Promise.all(former.map((name) => rm(join(out, name), { recursive: true })))
  await writeFile(notices, licences)
  // A source that changed meanwhile is newer.
  await utimes(notices, startedAt, startedAt)
}

function leaveOut(build) {
  const names = new RegExp(`^(?:${UNREACHED.join('|')})$`)
  build.onResolve({ filter: names }, ({ path }) => ({ path, namespace: 'unreached' }))
  build.onLoad({ filter: /./, namespace: 'unreached' }, ({ path }) => ({
    contents: `throw new Error('${path} is not part of the programs')`,
  }))
}

/**
 * `await import('name')` of a package of the older kind has the names that Node.js finds in it; the bundler would hand
 * out `default` alone.
 */
function keepNames(build) {
  build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
    kind === 'dynamic-import' && !isBuiltin(path) ? { path, namespace: 'names' } : undefined,
  )
  build.onLoad({ filter: /./, namespace: 'names' }, async ({ path }) => {
    const names = Object.keys(await import(path)).filter((name) =>
      /^(?!default$)[\w$]+$/.test(name),
    )
    return {
      contents: `import * as all from '${path}'\nexport const { ${names.join(', ')} } = all`,
      resolveDir: ROOT,
    }
  })
}
