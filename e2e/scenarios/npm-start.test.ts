import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'tap'
import type { Test } from 'tap'
import { ROOT } from '../harness/cli.ts'
import {
  FREE_PORTS,
  type SandboxLine,
  accepts,
  isAlive,
  isGone,
  portsOf,
  until,
} from '../harness/sandbox.ts'

const noSignals = process.platform === 'win32' && 'Windows has no signals to send to npm'

/** `npm start`, as from a terminal but in a process group of its own; resolves when everything works. */
async function npmStart(t: Test) {
  const npm = spawn('npm', ['start', '--', ...FREE_PORTS, '--in-memory'], {
    cwd: ROOT,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
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
  // Closed before its end, it would stop what writes to it.
  const ready = await new Promise<SandboxLine>((resolve, reject) => {
    createInterface({ input: npm.stdout })
      .on('line', (line) => {
        if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as SandboxLine)
      })
      .on('close', () => reject(new Error(`npm start ended early: ${errors}`)))
  })
  return { npm, group, exited, ready, errors: () => errors }
}

/** A person's: without what npm and tap have told this process. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR']
  return Object.fromEntries(kept.map((name) => [name, process.env[name]]))
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
  test(`${signal} to npm alone leaves neither process nor port`, { skip: noSignals }, async (t) => {
    const { npm, group, exited, ready } = await npmStart(t)
    for (const port of portsOf(ready)) t.ok(await accepts(port), `port ${port} is served`)
    t.not(ready.pid, npm.pid)
    npm.kill(signal)
    await exited
    await until('the last process of the group', () => !isAlive(group))
    await isGone(t, ready)
  })
}

test(
  'Ctrl-C, which reaches every process of the terminal, leaves neither process nor port',
  { skip: noSignals },
  async (t) => {
    const { group, exited, ready } = await npmStart(t)
    process.kill(group, 'SIGINT')
    await exited
    await until('the last process of the group', () => !isAlive(group))
    await isGone(t, ready)
  },
)

test(
  'where nothing is stale it prepares nothing, and its lines call the programs by npm',
  { skip: noSignals },
  async (t) => {
    const { npm, exited, ready, errors } = await npmStart(t)
    t.notMatch(errors(), 'relay-emulator:', 'nothing was stale')
    const lines = ready.try.filter((line) => /^npm run --silent \w+ -- (status|list) /.test(line))
    t.equal(lines.length, 2)
    for (const line of lines) {
      const shell = spawn('sh', ['-c', line], {
        cwd: ROOT,
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let text = ''
      for (const stream of [shell.stdout, shell.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      }
      const [code] = (await once(shell, 'close')) as [number | null]
      t.equal(code, 0, line)
      t.match(text, /^(relay-emulator \d|NAMESPACE |NAME )/, line)
    }
    npm.kill('SIGTERM')
    await exited
    await isGone(t, ready)
  },
)
