import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import type { Test } from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const noSignals = process.platform === 'win32' && 'Windows has no signals to send to npm'

type Ready = {
  readonly pid: number
  readonly relay: { readonly port: number; readonly plainPort: number }
  readonly admin: { readonly url: string }
}

/** `npm start`, as from a terminal but in a process group of its own; resolves when every port accepts connections. */
async function npmStart(t: Test) {
  const readyFile = join(t.testdir(), 'ready.json')
  const ports = ['--port', '0', '--plain-port', '0', '--admin-port', '0']
  const npm = spawn('npm', ['start', '--', ...ports, '--in-memory', '--ready-file', readyFile], {
    cwd: ROOT,
    env: plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const { pid } = npm
  if (pid === undefined) throw new Error('npm did not start')
  const group = -pid
  t.teardown(() => {
    if (isAlive(group)) process.kill(group, 'SIGKILL')
  })
  let errors = ''
  npm.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exited = once(npm, 'exit')
  const ready = await until('the ready document', async () => {
    if (npm.exitCode !== null) throw new Error(`npm start ended early: ${errors}`)
    const text = await readFile(readyFile, 'utf8').catch(() => '')
    return text === '' ? null : (JSON.parse(text) as Ready)
  })
  return { npm, group, exited, ready }
}

/** A person's: without what npm and tap have told this process. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR']
  return Object.fromEntries(kept.map((name) => [name, process.env[name]]))
}

/** Asks until the answer is not null; gives up after 30 s. */
async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = AbortSignal.timeout(30_000)
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (deadline.aborted) throw new Error(`gave up waiting for ${what}`)
    await delay(20)
  }
}

/** For a process id, or a process group's as a negative number. */
function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch {
    return false
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
  test(`${signal} to npm alone leaves neither process nor port`, { skip: noSignals }, async (t) => {
    const { npm, group, exited, ready } = await npmStart(t)
    const ports = [ready.relay.port, ready.relay.plainPort, Number(new URL(ready.admin.url).port)]
    for (const port of ports) t.ok(await accepts(port), `port ${port} is served`)
    t.not(ready.pid, npm.pid)
    npm.kill(signal)
    await exited
    await until('the last process', async () => (isAlive(group) ? null : true))
    t.notOk(isAlive(ready.pid), 'the server is gone')
    for (const port of ports) t.notOk(await accepts(port), `port ${port} is free`)
  })
}

test(
  'Ctrl-C, which reaches every process of the terminal, leaves neither process nor port',
  { skip: noSignals },
  async (t) => {
    const { group, exited, ready } = await npmStart(t)
    process.kill(group, 'SIGINT')
    await exited
    await until('the last process', async () => (isAlive(group) ? null : true))
    t.notOk(isAlive(ready.pid))
    t.notOk(await accepts(ready.relay.port))
  },
)
