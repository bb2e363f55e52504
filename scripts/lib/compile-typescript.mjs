import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './run.mjs'

const FOLDERS = ['protocol', 'server', 'agent', 'client', 'console', 'cli', 'e2e', 'bench']
const CACHE = join(ROOT, 'node_modules', '.cache', 'typescript')

/** Whether this Node.js runs the sources as they are: their types, and `using`. */
export function runsTypeScript() {
  return Boolean(process.features.typescript) && Number.parseInt(process.versions.node) >= 24
}

/** Compiles what tests may import, so that no test process has to load the compiler. */
export async function compileSources() {
  for (const folder of FOLDERS) {
    const names = await readdir(join(ROOT, folder), { recursive: true })
    for (const name of names) if (isSource(name)) await compiled(join(ROOT, folder, name))
  }
}

/** A file of TypeScript that Node.js is to run. */
export function isSource(name) {
  return name.endsWith('.ts') && !name.endsWith('.d.ts')
}

/** The JavaScript of a file, with its source map; compiled when the file is not the one it was made of. */
export async function compiled(file) {
  const output = join(
    CACHE,
    `${createHash('sha256').update(`${process.versions.node} ${file}`).digest('hex')}.js`,
  )
  const { mtime } = statSync(file)
  if (isMadeAt(output, mtime)) return readFileSync(output, 'utf8')
  const { transform } = await import('esbuild')
  const { code } = await transform(readFileSync(file, 'utf8'), {
    loader: 'ts',
    target: `node${process.versions.node}`,
    sourcemap: 'inline',
    sourcesContent: false,
    sourcefile: file,
  })
  // Whole or not at all, for the other test processes.
  const written = `${output}.${process.pid}`
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(written, code)
  utimesSync(written, mtime, mtime)
  renameSync(written, output)
  return code
}

/** Output has the time of what it was made of; an older file may come back, too. */
function isMadeAt(output, mtime) {
  return statSync(output, { throwIfNoEntry: false })?.mtime.getTime() === mtime.getTime()
}
