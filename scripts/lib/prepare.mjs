import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPages } from './build-ui.mjs'
import { withLock } from './lock.mjs'
import { packageFile, ROOT, runNode, runNpm } from './run.mjs'

/** Standard output belongs to the program that is prepared. */
const ON_STDERR = { stdio: ['ignore', process.stderr, process.stderr] }

/**
 * Makes the clone ready to run `projects` (folders, with what they refer to): installs when node_modules does not have
 * what the lock file asks for, and builds where a source is newer than its output. Types are not checked: that is for
 * those who change them. Silent when nothing is stale, else on standard error. Ends the process when either fails.
 */
export async function prepareToRun(projects = ['cli']) {
  await underLock(async () => {
    if ((await isInstallStale()) && !(await install())) return 'npm install'
    return (await build(...projects, '--noCheck')) ? null : 'the build'
  })
}

/** The same, with types checked, and with what tests and their types need. */
export async function prepare(projects = ['cli']) {
  await underLock(async () => {
    if ((await isInstallStale()) && !(await install())) return 'npm install'
    if (!(await prepareTap())) return 'tap build'
    return (await build(...projects)) ? null : 'the build'
  })
}

/** Runs `work` while nobody else prepares this clone; it answers what has failed, or null. */
async function underLock(work) {
  const failed = await withLock(work)
  if (failed === null) return
  say(`${failed} failed; its messages are above`)
  process.exit(1)
}

/** The compiler knows by itself what is stale, and in a tenth of a second; so do the pages. */
async function build(...args) {
  const compiler = [packageFile('typescript/lib/tsc.js'), '-b', ...args]
  if ((await runNode(compiler, ON_STDERR)) !== 0) return false
  try {
    await buildPages()
    return true
  } catch (error) {
    say(error.message)
    return false
  }
}

/**
 * tap keeps its plugins in a folder of its own, beside node_modules; without them neither the tests nor their types
 * are whole.
 */
async function prepareTap() {
  const isThere = await readFile(join(ROOT, '.tap', 'plugins', 'package.json')).then(
    () => true,
    () => false,
  )
  return isThere || (await runNode([packageFile('tap/dist/esm/run.mjs'), 'build'], ON_STDERR)) === 0
}

/** Compares what npm noted of its last install with the lock file; a checkout gives every file a new time. */
async function isInstallStale() {
  const [wanted, installed] = await Promise.all([
    readPackages(join(ROOT, 'package-lock.json')),
    readPackages(packageFile('.package-lock.json')).catch(() => ({})),
  ])
  return Object.entries(wanted).some(
    ([path, { version, optional }]) =>
      path !== '' && !optional && installed[path]?.version !== version,
  )
}

async function readPackages(lockFile) {
  return JSON.parse(await readFile(lockFile, 'utf8')).packages
}

/** Not `npm ci`: it wants binaries for foreign platforms in the lock file that not every registry carries. */
async function install() {
  say('installing what is missing ...')
  return (await runNpm(['install', '--no-save', '--include=dev'], ON_STDERR)) === 0
}

function say(text) {
  process.stderr.write(`relay-emulator: ${text}\n`)
}
