// The programs of the installed package, each command from files of its own: that all of them are there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const READY_TIMEOUT_MS = 60_000
const FREE_PORTS = ['--port', '--plain-port', '--admin-port', '--arm-port'].flatMap((flag) => [
  flag,
  '0',
])
const SHOW = 'fetch(process.argv[1]).then(async (answer) => console.log(await answer.text()))'

/**
 * Runs commands against a sandbox of the package that is installed in `app`. Exit code 1, with what was said, when one
 * does not do what it should.
 */
export async function tryPrograms(app, env) {
  const program = (name) => join(app, 'node_modules', 'relay-emulator', 'dist', 'programs', name)
  const relayEmulator = [process.execPath, program('relay-emulator.js')]
  const hcm = [process.execPath, program('hcm.js')]
  const sandbox = await startProgram([...relayEmulator, 'sandbox'], { app, env })
  const problems = []
  try {
    const { admin, caFile, namespaces } = sandbox.ready
    const { sendConnectionString } = namespaces[0].hybridConnections.find(
      ({ name }) => name === 'intranet',
    )
    const run = async (words, expected, more = {}) => {
      const { code, text } = await runToEnd(words, { cwd: app, env: { ...env, ...more } })
      if (code === 0 && expected.test(text)) return
      problems.push(`${words.slice(1).join(' ')}: exit code ${code}, without ${expected}\n${text}`)
    }
    const to = ['--admin', admin.url]
    const node = ['--', process.execPath, '-e', SHOW]
    await run([...relayEmulator, 'conformance', '--help'], /--role/)
    await run([...relayEmulator, 'config', 'schema'], /json-schema\.org/)
    await run([...relayEmulator, 'cert', 'ca', ...to], /BEGIN CERTIFICATE/)
    await run([...relayEmulator, 'explain', 'local-relay/intranet', ...to], /listener +ok/)
    const azure = 'https://local-relay.servicebus.windows.net/none'
    await run([...relayEmulator, 'exec', ...to, ...node, azure], /none/)
    const site = 'http://intranet.onprem.example:8080/'
    const connect = ['--connect', sendConnectionString, '--ca', caFile]
    // Without the programs on the PATH that lead names away, it is done by the preload.
    await run([...relayEmulator, 'app', 'run', ...connect, ...node, site], /Intranet/, { PATH: '' })
    await run([...hcm, 'version'], /hcm \d/)
    const page = await fetch(admin.url)
    const script = /<script[^>]*src="\.?\/?([^"]+)"/.exec(await page.text())?.[1]
    const { status } = await fetch(new URL(script ?? 'no-script', admin.url))
    if (status !== 200) problems.push(`the dashboard's script ${script} is answered with ${status}`)
  } finally {
    await sandbox.stop()
  }
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
}

/**
 * Starts `relay-emulator start` or `sandbox` on free ports, in memory, and resolves when it is ready, with its ready
 * document and how long that took.
 */
export async function startProgram([program, ...words], { app, env }) {
  const readyFile = join(app, 'ready.json')
  const startMs = performance.now()
  const child = spawn(
    program,
    [...words, ...FREE_PORTS, '--in-memory', '--ready-file', readyFile],
    // A group of its own: npm would leave what it started.
    { cwd: app, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true },
  )
  const ended = once(child, 'close')
  const stop = async () => {
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGTERM')
    await ended
    await rm(readyFile, { force: true })
  }
  try {
    while (!existsSync(readyFile)) {
      const isLate = performance.now() - startMs > READY_TIMEOUT_MS
      if (child.exitCode !== null || isLate) throw new Error(`${words.join(' ')} is not ready`)
      await delay(2)
    }
    const readyMs = performance.now() - startMs
    return { readyMs, ready: JSON.parse(await readFile(readyFile, 'utf8')), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function runToEnd([program, ...words], options) {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (data) => (text += data))
  }
  const [code] = await once(child, 'close')
  return { code, text }
}
