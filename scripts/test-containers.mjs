// npm run test:containers [-- FILES or tap's flags]: the tests of e2e/containers, with the image as this clone builds
// it. Needs a container engine and Compose, and fails where they are missing: nothing here skips.
import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { watchNpm } from './lib/parent-watch.mjs'
import { prepare } from './lib/prepare.mjs'
import { packageFile, ROOT, runNode } from './lib/run.mjs'

const FOLDER = 'e2e/containers'
/** The compose story waits for health checks, and for what each killed service takes to come back. */
const TIMEOUT_SECONDS = 600

await watchNpm()
needEngine()
const compose = composeCommand()
await prepare(['.'])
process.env.RELAY_EMULATOR_IMAGE ??= 'relay-emulator:test'
// The reaper's image may be out of reach, and the tests remove what they start.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
// The engine is on this machine, also where this machine is itself a container.
process.env.TESTCONTAINERS_HOST_OVERRIDE ??= 'localhost'
// As npm here is told: inside the build there is no configuration of this user.
process.env.NPM_CONFIG_REGISTRY ??= output('npm', ['config', 'get', 'registry'])
build()
process.exitCode = await runNode(
  [
    packageFile('tap/dist/esm/run.mjs'),
    'run',
    `--timeout=${TIMEOUT_SECONDS}`,
    '--fail-skip',
    ...(await selection()),
  ],
  // tap waits for its tests when it is told to stop, and they do not hear of it: the signal goes to all of them.
  { detached: process.platform !== 'win32' },
)

function needEngine() {
  const { status, stderr, error } = run('docker', ['version', '--format', '{{.Server.Version}}'])
  if (status === 0) return
  fail(
    `no container engine answers: ${error ? `docker: ${error.code}` : stderr.trim()}`,
    'start Docker, or another engine with the command docker, and try again',
  )
}

/** Compose 2 where the engine has it, else docker-compose. */
function composeCommand() {
  if (run('docker', ['compose', 'version']).status === 0) return ['docker', 'compose']
  if (run('docker-compose', ['version']).status === 0) return ['docker-compose']
  return fail('there is no Compose', 'install the Compose plugin of Docker, or docker-compose 1.29')
}

/** By Compose, as `docker compose up` does it in a fresh clone. */
function build() {
  const [program, ...words] = compose
  const { status } = spawnSync(program, [...words, 'build', 'relay'], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (status !== 0) fail('the image could not be built', 'docker build .')
}

/** tap leaves this folder out unless files are named. */
async function selection() {
  const given = process.argv.slice(2)
  if (given.some((argument) => !argument.startsWith('-'))) return given
  const files = await readdir(join(ROOT, FOLDER))
  return [
    ...given,
    ...files.filter((file) => file.endsWith('.test.ts')).map((file) => `${FOLDER}/${file}`),
  ]
}

function output(program, args) {
  return (run(program, args).stdout ?? '').trim()
}

function run(program, args) {
  return spawnSync(program, args, { encoding: 'utf8', shell: process.platform === 'win32' })
}

function fail(what, next) {
  process.stderr.write(`test:containers: ${what}\n  try: ${next}\n`)
  process.exit(1)
}
