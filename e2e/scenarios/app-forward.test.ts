import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { buffer } from 'node:stream/consumers'
import { test } from 'tap'
import { connectionsOf } from '../harness/facts.ts'
import {
  echo,
  freePort,
  runApp,
  runUnprivileged,
  serve,
  service,
  startApp,
  startAppRelay,
  webPage,
  withoutNamespaces,
} from './app-fixture.ts'

const NO_SIGNALS = process.platform === 'win32' && 'Windows has no signals'

test(
  'a local port is ready when the ready file says so, and SIGTERM ends it in order',
  { skip: NO_SIGNALS },
  async (t) => {
    const relay = await startAppRelay(t, { echo: 'echo.corp.example:7007' })
    await serve(t, relay, 'echo', await echo(t))
    const readyFile = join(t.testdir({}), 'ready.json')
    const flags = [
      '--connect',
      relay.send('echo'),
      '--listen',
      '127.0.0.1:0',
      '--ready-file',
      readyFile,
    ]
    const running = startApp(relay, ['app', 'forward', ...flags, '--name', 'web 1'])
    t.teardown(() => running.stop())
    await running.line('-> localhost')
    const port = portOf(running.stdout())
    const ready = await eventually(() => readFile(readyFile, 'utf8'))
    t.strictSame(JSON.parse(ready), { pid: running.pid, host: '127.0.0.1', port })
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.end('hello')
    t.equal(String(await buffer(socket)), 'hello')
    const [row] = await connectionsOf(relay)
    t.match(row, { hybridConnection: 'echo', sender: { label: /web 1/, rule: 'defaultSender' } })
    running.signal('SIGTERM')
    t.match(await running.ended, { code: 0, signal: null, stderr: '' })
  },
)

test('64 MiB pass each way unchanged', async (t) => {
  const relay = await startAppRelay(t, { echo: 'echo.corp.example:7007' })
  await serve(t, relay, 'echo', await echo(t))
  const running = startApp(relay, ['app', 'forward', '--connect', relay.send('echo')])
  t.teardown(() => running.stop())
  await running.line('-> localhost')
  const socket = connect({ port: portOf(running.stdout()), host: '127.0.0.1', allowHalfOpen: true })
  const chunk = randomBytes(1024 * 1024)
  const [sent, received] = [createHash('sha256'), createHash('sha256')]
  socket.on('data', (bytes: Buffer) => received.update(bytes))
  for (let n = 0; n < 64; n++) {
    sent.update(chunk)
    if (!socket.write(chunk)) await once(socket, 'drain')
  }
  socket.end()
  await once(socket, 'end')
  t.equal(received.digest('hex'), sent.digest('hex'))
})

test(
  'with --bind the port of each endpoint is opened, as for network aliases of a container',
  { skip: process.platform !== 'linux' && 'needs 127.0.0.0/8' },
  async (t) => {
    const [a, b] = [await freePort(), await freePort()]
    const relay = await startAppRelay(t, { a: `a.corp.example:${a}`, b: `b.corp.example:${b}` })
    await serve(t, relay, 'a', await webPage(t, 'page a'))
    await serve(t, relay, 'b', await webPage(t, 'page b'))
    const connects = ['--connect', relay.send('a'), '--connect', relay.send('b')]
    const running = startApp(relay, ['app', 'forward', ...connects, '--bind', '127.77.1.1'])
    t.teardown(() => running.stop())
    await running.line(`127.77.1.1:${b}`)
    const pages = [a, b].map(async (port) => (await fetch(`http://127.77.1.1:${port}/`)).text())
    t.same(await Promise.all(pages), ['page a', 'page b'])
  },
)

test('--endpoint stands in for what the relay does not tell', async (t) => {
  const port = await freePort()
  const relay = await startAppRelay(t, { web: 'no endpoint' })
  const bind = ['app', 'forward', '--connect', relay.send('web'), '--bind', '127.0.0.1']
  t.match(await runApp(relay, bind), {
    code: 1,
    stderr: /names no endpoint.*\n.*--endpoint HOST:PORT/,
  })
  const running = startApp(relay, [...bind, '--endpoint', `web.corp.example:${port}`])
  t.teardown(() => running.stop())
  t.match(await running.line('web.corp.example'), `127.0.0.1:${port} ->`)
})

test('a connection that cannot be led through is reset, and the reason is told without a key', async (t) => {
  const relay = await startAppRelay(t, { echo: 'echo.corp.example:7007' })
  const running = startApp(relay, ['app', 'forward', '--connect', relay.send('echo')])
  t.teardown(() => running.stop())
  await running.line('-> localhost')
  const socket = connect(portOf(running.stdout()), '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  t.equal(error.code, 'ECONNRESET')
  await running.stop()
  t.match(running.stderr(), /There are no listeners connected for the endpoint\.\n$/)
  t.notMatch(running.stdout() + running.stderr(), /SharedAccess|sig=/)
})

test('a tunnel that breaks in the middle breaks the local connection too', async (t) => {
  const relay = await startAppRelay(t, { web: 'web.corp.example:7007' })
  await serve(
    t,
    relay,
    'web',
    await service(t, (socket) => socket.write('begin', () => socket.resetAndDestroy())),
  )
  const running = startApp(relay, ['app', 'forward', '--connect', relay.send('web')])
  t.teardown(() => running.stop())
  await running.line('-> localhost')
  const socket = connect(portOf(running.stdout()), '127.0.0.1')
  socket.resume()
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  t.equal(error.code, 'ECONNRESET')
})

test('--stdio leads standard input and output, half-close included', async (t) => {
  const relay = await startAppRelay(t, { echo: 'echo.corp.example:7007' })
  await serve(t, relay, 'echo', await echo(t))
  const args = ['app', 'forward', '--stdio', '--connect', relay.send('echo')]
  const stdin = 'line\n'.repeat(50_000)
  t.match(await runApp(relay, args, { stdin }), { code: 0, stdout: stdin, stderr: '' })
})

test('--stdio fails with the reason when nobody listens, or the key is wrong', async (t) => {
  const relay = await startAppRelay(t, { echo: 'echo.corp.example:7007' })
  const stdio = (connection: string) =>
    runApp(relay, ['app', 'forward', '--stdio', '--connect', connection])
  t.match(await stdio(relay.send('echo')), {
    code: 1,
    stdout: '',
    stderr: /no listeners connected/,
  })
  const wrong = relay.send('echo').replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=wrong')
  t.match(await stdio(wrong), { code: 4, stdout: '', stderr: /InvalidSignature/ })
})

test('the connection string may come from a file or from standard input', async (t) => {
  const relay = await startAppRelay(t, { web: 'web.corp.example:7007' })
  await serve(t, relay, 'web', await service(t, (socket) => socket.end('greeting')))
  const file = join(t.testdir({ secret: `${relay.send('web')}\n` }), 'secret')
  t.match(await runApp(relay, ['app', 'forward', '--stdio', '--connect-file', file]), {
    code: 0,
    stdout: 'greeting',
  })
  const tcpping = ['app', 'tcpping', 'web.corp.example:7007', '--end-to-end', '--connect-file', '-']
  t.match(await runApp(relay, tcpping, { stdin: relay.send('web') }), {
    code: 0,
    stdout: /^reached/,
  })
})

test('flags that do not fit together, and ports that are taken, are told', async (t) => {
  const relay = await startAppRelay(t, {
    a: 'a.corp.example:7007',
    b: 'b.corp.example:7008',
    c: 'c.corp.example:7007',
  })
  const taken = await echo(t)
  const forward = (...args: string[]) =>
    runApp(relay, ['app', 'forward', '--connect', relay.send('a'), ...args])
  t.match(await forward('--stdio', '--listen', '127.0.0.1:0'), {
    code: 2,
    stderr: /exclude each other/,
  })
  t.match(await forward('--connect', relay.send('b')), {
    code: 2,
    stderr: /one port cannot lead to several.*\n.*--bind/,
  })
  t.match(await forward('--connect', relay.send('c'), '--bind', '127.0.0.1'), {
    code: 2,
    stderr: /a\.corp\.example:7007 and c\.corp\.example:7007 have the same port/,
  })
  t.match(await forward('--listen', 'nonsense'), { code: 2, stderr: /not of the form HOST:PORT/ })
  t.match(await forward('--listen', `127.0.0.1:${taken}`), {
    code: 1,
    stderr: /another program uses it/,
  })
  t.match(await forward('--listen', '192.0.2.1:0'), { code: 1, stderr: /no such address/ })
  // A label may have no more than 63 characters, so nobody is asked for this one.
  t.match(await forward('--listen', `${'x'.repeat(64)}:0`), {
    code: 1,
    stderr: /the name does not resolve\n {2}try: --bind 127\.0\.0\.1/,
  })
})

test(
  'a port below 1024 without privilege names the ways out, and one of them works',
  { skip: withoutNamespaces() },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:443' })
    const bind = ['app', 'forward', '--connect', relay.send('web'), '--bind', '127.0.0.1']
    const outcome = await runUnprivileged(relay, bind, { hasNamespaces: true })
    t.match(outcome, {
      code: 1,
      stdout: '',
      stderr: /cannot listen on 127\.0\.0\.1:443: .* without more rights/,
    })
    t.match(
      outcome.stderr,
      /try: --listen 127\.0\.0\.1:0, which prints the port it takes; .*=443; or root/,
    )
    const other = startApp(relay, [
      'app',
      'forward',
      '--connect',
      relay.send('web'),
      '--listen',
      '127.0.0.1:0',
    ])
    t.teardown(() => other.stop())
    t.match(await other.line('->'), /^127\.0\.0\.1:\d+ -> localhost:\d+\/web$/)
  },
)

test('tcpping tells that a hybrid connection is configured, tests it only end to end, and other pairs over TCP', async (t) => {
  const relay = await startAppRelay(t, { web: 'web.corp.example:7007' })
  const connection = ['--connect', relay.send('web')]
  const ping = (...args: string[]) => runApp(relay, ['app', 'tcpping', ...args])
  const told = await ping('WEB.corp.example:7007', ...connection)
  t.match(told, { code: 0, stdout: /is configured .* does not prove .*\n.*--end-to-end/ })
  t.match(await ping('web.corp.example:7007', '--end-to-end', ...connection), {
    code: 3,
    stdout: '',
    stderr: /listener: no listener is connected/,
  })
  await serve(t, relay, 'web', await echo(t))
  t.match(await ping('web.corp.example:7007', '--end-to-end', ...connection), {
    code: 0,
    stdout: /^reached web\.corp\.example:7007 through .*it stayed open\n$/,
  })
  t.match(await ping('web.corp.example:7008', '--end-to-end', ...connection), { code: 2 })
  const port = await echo(t)
  t.match(await ping(`127.0.0.1:${port}`, ...connection), { code: 0, stdout: /^connected to/ })
  t.match(await ping('127.0.0.1:3'), { code: 3, stderr: /ECONNREFUSED/ })
})

function portOf(stdout: string): number {
  return Number(/^127\.0\.0\.1:(\d+) -> /m.exec(stdout)?.[1])
}

/** The file is written right after the line that was waited for. */
async function eventually(read: () => Promise<string>): Promise<string> {
  for (;;) {
    const text = await read().catch(() => '')
    if (text !== '') return text
    await new Promise((resolve) => setImmediate(resolve))
  }
}
