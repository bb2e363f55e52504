// What would be published, looked at and tried out. Nothing leaves this machine but the requests of an `npm install`.
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { startProgram, tryPrograms } from './package-programs.mjs'
import { runNode, runNpm } from './run.mjs'

const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(programs|ui|protocol|server|client|console|agent|e2e\/containers)\//,
]
const UNPUBLISHED = [/\.test\./, /\/testing\//, /\.tsbuildinfo$/, /\.map$/, /(?<!\.d)\.tsx?$/]
const STARTS = 5

/** Writes the tarball into `folder`; resolves with its path. */
export async function pack(folder) {
  const words = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const code = await runNpm(words, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (code !== 0) throw new Error('npm pack failed')
  return join(
    folder,
    (await readdir(folder)).find((name) => name.endsWith('.tgz')),
  )
}

/** Exit code 1 with a list of what is missing in an unpacked package, or is in it without need. */
export async function checkContents(unpacked) {
  const entries = await readdir(unpacked, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.startsWith('node_modules/'))
  const isWanted = (file) =>
    PUBLISHED.some((pattern) => pattern.test(file)) &&
    !UNPUBLISHED.some((pattern) => pattern.test(file))
  const { bin, exports, ...manifest } = JSON.parse(
    await readFile(join(unpacked, 'package.json'), 'utf8'),
  )
  const library = files.filter(
    (file) => file.endsWith('.js') && !/^dist\/(programs|ui)\//.test(file),
  )
  const unlisted = await Promise.all(
    library.map((file) => unlistedImports(unpacked, file, manifest)),
  )
  const targets = [...Object.values(bin), ...Object.values(exports).flatMap(targetsOf)]
  const problems = [
    ...files.filter((file) => !isWanted(file)).map((file) => `not to be published: ${file}`),
    ...targets
      .map((target) => target.replace(/^\.\//, ''))
      .filter((target) => !files.includes(target))
      .map((target) => `named in package.json, but not there: ${target}`),
    ...unlisted.flat(),
  ]
  for (const problem of problems) console.error(problem)
  console.log(`${files.length} files, ${mebibytes(await sizeOf(unpacked, files))} unpacked`)
  return problems.length === 0 ? 0 : 1
}

/** Packages that a module of the library asks for, and that nobody gets who installs this one. */
async function unlistedImports(unpacked, file, manifest) {
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  const listed = { ...dependencies, ...optionalDependencies, ...peerDependencies }
  const text = await readFile(join(unpacked, file), 'utf8')
  return [...text.matchAll(/(?:\bfrom |\bimport\(|^import )'([^'.#][^']*)'/gm)]
    .map(([, name]) => name)
    .filter((name) => !isBuiltin(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
    .filter((name) => !(name in listed))
    .map((name) => `imported without being a dependency: ${name}, in ${file}`)
}

/** Installs the tarball into a new folder, as a user would. */
export async function install(tarball, app) {
  await mkdir(app)
  await writeFile(join(app, 'package.json'), '{ "private": true }\n')
  const words = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  return runNpm([...words, tarball], { cwd: app, env: cleanEnvironment() })
}

/**
 * Imports every export, runs `npx relay-emulator start` until it is ready and well, prints how long a start takes, and
 * tries the commands.
 */
export async function tryOut(app) {
  const modules = join(app, 'node_modules')
  const everything = await readdir(modules, { recursive: true, withFileTypes: true })
  const files = everything
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(modules.length + 1))
  console.log(`installed: ${mebibytes(await sizeOf(modules, files))} with all dependencies`)
  const imports = await runNode(['--input-type=module', '-e', IMPORT_ALL], {
    cwd: app,
    env: cleanEnvironment(),
  })
  if (imports !== 0) return imports
  const env = cleanEnvironment()
  const npx = await startProgram(['npm', 'exec', '--offline', '--', 'relay-emulator', 'start'], {
    app,
    env,
  })
  const { status } = await fetch(`${npx.ready.admin.url}/health/ready`)
  await npx.stop()
  if (status !== 200) throw new Error(`/health/ready answered ${status}`)
  const program = join(modules, 'relay-emulator', 'dist', 'programs', 'relay-emulator.js')
  const timesMs = []
  for (let count = 0; count < STARTS; count++) {
    const { readyMs, stop } = await startProgram([process.execPath, program, 'start'], { app, env })
    timesMs.push(readyMs)
    await stop()
  }
  console.log(`cold starts: ${timesMs.map((ms) => ms.toFixed(0)).join(', ')} ms until ready`)
  return tryPrograms(app, env)
}

/** The module for testcontainers needs that package, which nobody gets without asking. */
const IMPORT_ALL = `
  import { readFile } from 'node:fs/promises'
  const { exports } = JSON.parse(await readFile('node_modules/relay-emulator/package.json'))
  for (const name of Object.keys(exports).filter((path) => !path.endsWith('.json'))) {
    try {
      const members = await import('relay-emulator' + name.slice(1))
      console.log(name, Object.keys(members).length, 'members')
    } catch (error) {
      if (name !== './testcontainers' || !error.message.includes("'testcontainers'")) throw error
      console.log(name, 'asks for testcontainers')
    }
  }`

/** Without what the npm that runs this check put there for its own child processes. */
function cleanEnvironment() {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package|lifecycle|command|execpath|node_execpath)|^(INIT_CWD|NODE_ENV)$/.test(name),
  )
  return Object.fromEntries(own)
}

function targetsOf(target) {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(targetsOf)
}

async function sizeOf(folder, files) {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
