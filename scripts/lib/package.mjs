// What would be published, looked at and tried out. Nothing leaves this machine but the requests of an `npm install`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runNode, runNpm } from './run.mjs'

const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(protocol|server|client|console|agent|cli|ui)\//,
  /^dist\/e2e\/(containers|conformance)\//,
]
const UNPUBLISHED = [/\.test\./, /\/testing\//, /\.tsbuildinfo$/, /\.map$/, /(?<!\.d)\.tsx?$/]
const READY_TIMEOUT_MS = 60_000
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
  const { bin, exports } = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'))
  const targets = [...Object.values(bin), ...Object.values(exports).flatMap(targetsOf)]
  const problems = [
    ...files.filter((file) => !isWanted(file)).map((file) => `not to be published: ${file}`),
    ...targets
      .map((target) => target.replace(/^\.\//, ''))
      .filter((target) => !files.includes(target))
      .map((target) => `named in package.json, but not there: ${target}`),
  ]
  for (const problem of problems) console.error(problem)
  console.log(`${files.length} files, ${mebibytes(await sizeOf(unpacked, files))} unpacked`)
  return problems.length === 0 ? 0 : 1
}

/** Installs the tarball into a new folder, as a user would. */
export async function install(tarball, app) {
  await mkdir(app)
  await writeFile(join(app, 'package.json'), '{ "private": true }\n')
  const words = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  return runNpm([...words, tarball], { cwd: app, env: cleanEnvironment() })
}

/** Imports every export, runs `npx relay-emulator start` until it is ready and well, and prints how long a start takes. */
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
  const npx = await startOnce(app, ['npm', 'exec', '--offline', '--', 'relay-emulator'])
  if (npx.status !== 200) throw new Error(`/health/ready answered ${npx.status}`)
  const program = join(modules, 'relay-emulator', 'dist', 'cli', 'main.js')
  const timesMs = []
  for (let count = 0; count < STARTS; count++) {
    timesMs.push((await startOnce(app, [process.execPath, program])).readyMs)
  }
  console.log(`cold starts: ${timesMs.map((ms) => ms.toFixed(0)).join(', ')} ms until ready`)
  return 0
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

/** Starts the emulator on free ports until it is ready, asks for its health, and stops it. */
async function startOnce(app, [program, ...words]) {
  const readyFile = join(app, 'ready.json')
  const ports = ['--port', '--plain-port', '--admin-port', '--arm-port'].flatMap((flag) => [
    flag,
    '0',
  ])
  const options = [...ports, '--in-memory', '--ready-file', readyFile]
  const startMs = performance.now()
  const child = spawn(program, [...words, 'start', ...options], {
    cwd: app,
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'close')
  try {
    while (!existsSync(readyFile)) {
      const isLate = performance.now() - startMs > READY_TIMEOUT_MS
      if (child.exitCode !== null || isLate) throw new Error(`${program} start is not ready`)
      await delay(2)
    }
    const readyMs = performance.now() - startMs
    const { admin } = JSON.parse(await readFile(readyFile, 'utf8'))
    const { status } = await fetch(`${admin.url}/health/ready`)
    return { readyMs, status }
  } finally {
    // The whole group: npm would leave what it started.
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGTERM')
    await ended
    await rm(readyFile, { force: true })
  }
}

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
