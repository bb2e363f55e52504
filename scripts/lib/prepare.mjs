import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPrograms } from './build-programs.mjs'
import { buildPages } from './build-ui.mjs'
import { withLock } from './lock.mjs'
import { packageFile, ROOT, runNode, runNpm } from './run.mjs'

/** Standard output belongs to the program that is prepared. */
const ON_STDERR = { stdio: ['ignore', process.stderr, process.stderr] }

/**
 * Makes the clone ready to run its programs: installs when node_modules does not have what the lock file asks for, and
 * builds them and their pages where a source is newer. Types are not checked: that is for those who change them. Silent
 * when nothing is stale, else on standard error. Ends the process when either fails.
 */
export async function prepareToRun() {
  await underLock(async () => {
    if ((await isInstallStale()) && !(await install())) return 'npm install'
    return (await bundle()) ? null : 'the build'
  })
}

/**
 * The same, with `projects` (folders, with what they refer to) compiled and their types checked, and with what tests
 * and their types need.
 */
export async function prepare(projects = ['cli']) {
  await underLock(async () => {
    if ((await isInstallStale()) && !(await install())) return 'npm install'
    if (!(await prepareTap())) return 'tap build'
    return (await compile(projects)) && (await bundle()) ? null : 'the build'
  })
}

/** Runs `work` while nobody else prepares this clone; it answers what has failed, or null. */
async function underLock(work) {
  const failed = await withLock(work)
  if (failed === null) return
  say(`${failed} failed; its messages are above`)
  process.exit(1)
}

/** The compiler knows by itself what is stale, and in a tenth of a second. */
async function compile(projects) {
  const compiler = [packageFile('typescript/lib/tsc.js'), '-b', ...projects]
  return (await runNode(compiler, ON_STDERR)) === 0
}

async function bundle() {
  try {
    await Promise.all([buildPages(), buildPrograms()])
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
