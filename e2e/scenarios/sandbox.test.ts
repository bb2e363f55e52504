import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { createSender } from '../../client/index.ts'
import { ROOT, launch } from '../harness/cli.ts'
import { hasProgram } from '../harness/require-program.ts'
import {
  FREE_PORTS,
  type SandboxReady,
  isAlive,
  isGone,
  leavesNothing,
  portsOf,
  startSandbox,
  until,
} from '../harness/sandbox.ts'

const noShell = process.platform === 'win32' && 'its lines are for a POSIX shell here'
const PAGE = 'Hello from the on-premises web page'

async function pageOf({ app }: SandboxReady): Promise<string> {
  const [web] = app
  return (await fetch(`http://${web?.host}:${web?.port}/`)).text()
}

/** Items of a listing of the admin API that are live. */
async function listed(ready: SandboxReady, path: 'listeners' | 'connections') {
  const answer = await fetch(new URL(`/api/v1/${path}`, ready.admin.url))
  const { items } = (await answer.json()) as {
    items: { ended?: unknown; endedMs?: unknown; listener?: { id: string } | null }[]
  }
  return items.filter((row) => (row.ended ?? row.endedMs ?? null) === null)
}

/** What stands below a title of the block: pairs of a text and the line indented below it. */
function section(block: string, title: RegExp): Map<string, string> {
  const [, ...lines] = block.slice(block.search(title)).split('\n')
  const own = lines.slice(0, lines.indexOf(''))
  const pairs = own.flatMap((text, index) => {
    const command = own[index + 1]
    return text.startsWith('    ') || !command?.startsWith('    ')
      ? []
      : [[text.trim(), command.trim()] as const]
  })
  return new Map(pairs)
}

/** Pastes a line into a shell of a person: without what tap has put into the environment. */
function paste(line: string, home: string) {
  const child = spawn('sh', ['-c', `exec 2>&1; ${line}`], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, text }))
  return {
    ended,
    text: () => text,
    signal: (name: NodeJS.Signals) => {
      const group = -(child.pid ?? 0)
      if (isAlive(group)) process.kill(group, name)
    },
  }
}

// Product 6: it prints lines to try, among them a curl that returns the on-premises page; after the kill every new
// connection works.
test('every line that the sandbox prints works when it is pasted', { skip: noShell }, async (t) => {
  if (!hasProgram(t, 'curl')) return
  const home = t.testdir({ tmp: {} })
  const readyFile = join(home, 'ready.json')
  const env = { TMPDIR: join(home, 'tmp') }
  const args = [...FREE_PORTS, '--in-memory', '--ready-file', readyFile, '--log-format', 'pretty']
  const sandbox = launch(['sandbox', ...args], { env })
  t.teardown(() => sandbox.stop())
  await sandbox.line('/api/v1/events')
  const ready = JSON.parse(await readFile(readyFile, 'utf8')) as SandboxReady
  const [agent] = ready.agents
  const block = sandbox.stdout()
  for (const { name, pid } of [...ready.agents, ...ready.app]) {
    t.match(block, new RegExp(`^  ${name} +${pid} `, 'm'))
  }
  for (const [, url = ''] of block.matchAll(/^ {2}(http:\S+) /gm)) {
    t.equal((await fetch(url)).status, 200, url)
  }
  const [, origin = '', login] =
    /(http:\S+)\/#\/login\/(\S+) +the page of onprem-1/.exec(block) ?? []
  const session = await fetch(`${origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: login }),
  })
  t.equal(session.status, 201, 'the link to the page of an agent logs in')
  const outcomes: Readonly<Record<string, RegExp>> = {
    'the on-premises page, through the relay and an agent': new RegExp(PAGE),
    'the same by the name that an app has in its configuration': new RegExp(PAGE),
    'the TCP echo': /^hello\n$/,
    'what is connected': /^4 listeners\n/m,
    'what happened': /onprem-2 listens/,
    'every hop between an app and the page': /nothing is seen to fail/,
    'what onprem-1 serves':
      /intranet .* Connected[^]*demo .* Connected|demo .* Connected[^]*intranet .* Connected/,
    'kill onprem-1: tunnels through it end ...': /^$/,
    '... and every new one goes through the other agent': new RegExp(PAGE),
  }
  const lines = section(block, /^To try/m)
  for (const [text, line] of lines) {
    if (text.startsWith('bring ')) continue
    const { code, text: written } = await paste(line, home).ended
    t.equal(code, 0, line)
    t.match(written, outcomes[text] ?? /there is no outcome for this line/, text)
  }
  t.equal(lines.size, Object.keys(outcomes).length + 1)

  await until('the agent is gone', () => !isAlive(agent?.pid ?? 0))
  const told = await sandbox.line('onprem-1 (pid')
  const back = lines.get('bring onprem-1 back, until Ctrl-C') ?? ''
  t.match(told, /SIGKILL/)
  t.ok(told.endsWith(back), 'the line that brings it back is said again')
  t.equal((await listed(ready, 'listeners')).length, 2)
  const again = paste(back, home)
  t.teardown(() => again.signal('SIGKILL'))
  await until('it listens again', async () => (await listed(ready, 'listeners')).length === 4)

  t.ok(section(block, /^Connection strings/m).size > 4)
  const { code, stderr } = await sandbox.stop()
  t.equal(code, 0)
  t.equal(stderr, '')
  await again.ended
  t.pass('the agent that was brought back has ended too')
  await leavesNothing(t, ready, env.TMPDIR)
})

// Product 6: when an agent is killed, tunnels through it end and every new connection works.
test('of the open tunnels those of a killed agent end, and no other', async (t) => {
  const sandbox = await startSandbox(t, [...FREE_PORTS, '--in-memory'])
  const echo = sandbox.app[1]
  const sockets: Socket[] = []
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  const open = async () => {
    const socket = connect(echo?.port ?? 0, echo?.host ?? '')
    sockets.push(socket.on('error', () => undefined))
    socket.write('x')
    await once(socket, 'data')
  }
  const listeners = async () => {
    const rows = await listed(sandbox, 'connections')
    return rows.map(({ listener }) => listener?.id)
  }
  do await open()
  while (new Set(await listeners()).size < 2 && sockets.length < 60)
  const before = await listeners()
  t.equal(before.length, sockets.length)
  process.kill(sandbox.agents[0]?.pid ?? 0, 'SIGKILL')
  await until('some tunnels end', () => sockets.some(({ closed }) => closed))
  await until('the relay has noticed', async () => (await listeners()).length < before.length)
  const left = await listeners()
  t.equal(new Set(left).size, 1, 'those of the other agent are left')
  await until(
    'all of them end',
    () => sockets.filter(({ closed }) => !closed).length === left.length,
  )
  await open()
  t.match(await pageOf(sandbox), PAGE)
})

test('two of them share a machine and a data folder; what is taken becomes free and is named', async (t) => {
  const folder = t.testdir({})
  const data = ['--data-dir', join(folder, 'data')]
  const [first, second] = await Promise.all([
    startSandbox(t, data, folder),
    startSandbox(t, data, folder),
  ])
  for (const sandbox of [first, second]) t.match(await pageOf(sandbox), PAGE)
  const ports = [...portsOf(first), ...portsOf(second)]
  t.equal(new Set(ports).size, ports.length, 'no port is there twice')
  const moved = [...first.moved, ...second.moved].map(({ what }) => what)
  for (const what of ['the relay over TLS', 'the relay in clear text', 'the admin port']) {
    t.ok(moved.includes(what), `${what} was taken for one of them`)
  }
  const states = [first, second].flatMap(({ agents }) => agents.map(({ stateDir }) => stateDir))
  t.equal(new Set(states).size, 4)
  for (const sandbox of [first, second]) {
    t.equal((await sandbox.stop()).code, 0)
    await leavesNothing(t, sandbox, sandbox.tmp)
  }
  // Ports may be others by now; what an agent has kept of the last time is not in the way.
  const third = await startSandbox(t, [...data, ...FREE_PORTS], folder)
  t.ok(states.includes(third.agents[0]?.stateDir ?? ''), 'the state folder is used again')
  t.equal((await listed(third, 'listeners')).length, 4)
  t.match(await pageOf(third), PAGE)
})

test('a port that was asked for and is taken ends the start, and leaves nothing', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const tmp = t.testdir()
  const ports = [...FREE_PORTS, '--admin-port', String(port)]
  const { code, stderr } = await launch(['sandbox', ...ports, '--in-memory'], {
    env: { TMPDIR: tmp },
  }).ended
  t.equal(code, 1)
  t.match(stderr, `port ${port} on 127.0.0.1 is in use`)
  t.same(await readdir(tmp), [])
})

test('a configuration of the user gets the story beside what it has', async (t) => {
  const folder = t.testdir({})
  const config = join(folder, 'relay.yaml')
  const lines = ['version: 1', 'namespaces:', '  - name: contoso', '    hybridConnections:']
  await writeFile(config, [...lines, '      - name: intranet', ''].join('\n'))
  const sandbox = await startSandbox(t, [...FREE_PORTS, '--in-memory', '--config', config], folder)
  t.same(
    sandbox.namespaces[0]?.hybridConnections.map(({ name }) => name),
    ['intranet', 'sandbox-intranet', 'demo'],
  )
  t.equal(sandbox.app[0]?.hybridConnection, 'sandbox-intranet')
  t.match(await pageOf(sandbox), PAGE)
  const answer = await fetch(new URL('/api/v1/reload', sandbox.admin.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  t.equal(answer.status, 200)
  t.match(await pageOf(sandbox), PAGE, 'the story is still there after a reload')
})

test('no process outlives a sandbox that is killed', { skip: noShell }, async (t) => {
  const sandbox = await startSandbox(t, [...FREE_PORTS, '--in-memory'])
  sandbox.signal('SIGKILL')
  await sandbox.ended
  await isGone(t, sandbox)
})

test('a second signal ends everything at once', { skip: noShell }, async (t) => {
  const sandbox = await startSandbox(t, [...FREE_PORTS, '--in-memory'])
  const [namespace] = sandbox.namespaces
  const sender = createSender({
    connectionString:
      namespace?.hybridConnections.find(({ name }) => name === 'demo')?.sendConnectionString ?? '',
    ca: await readFile(sandbox.caFile ?? '', 'utf8'),
  })
  t.teardown(() => sender.close())
  // An open tunnel, for which the agents and the relay would wait.
  const tunnel = await sender.connect()
  tunnel.on('error', () => undefined).write('x')
  await once(tunnel, 'data')
  sandbox.signal('SIGTERM')
  await sandbox.line('"msg":"stopping"')
  sandbox.signal('SIGTERM')
  t.equal((await sandbox.ended).code, 143)
  await leavesNothing(t, sandbox, sandbox.tmp)
  tunnel.destroy()
})
