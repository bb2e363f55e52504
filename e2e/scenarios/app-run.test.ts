import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import process from 'node:process'
import { test } from 'tap'
import { hasProgram } from '../harness/require-program.ts'
import {
  echo,
  runApp,
  runUnprivileged,
  serve,
  service,
  startApp,
  startAppRelay,
  webPage,
  withoutNamespaces,
} from './app-fixture.ts'

const skip = withoutNamespaces()
const NODE = process.execPath
/** True in a shell once its parent has a handler for SIGTERM: a program may run before its starter is ready for signals. */
const CATCHES_SIGTERM = 'grep -Eq "^SigCgt:.*[4-7c-f][0-9a-f]{3}$" /proc/$PPID/status'

test('curl reaches two endpoints by their own names and ports at once', { skip }, async (t) => {
  if (!hasProgram(t, 'curl')) return
  const relay = await startAppRelay(t, {
    web: 'web.corp.example:8080',
    api: 'api.corp.example:9090',
  })
  await serve(t, relay, 'web', await webPage(t, 'the web'))
  await serve(t, relay, 'api', await webPage(t, 'the api'))
  const connects = ['--connect', relay.send('web'), '--connect', relay.send('api')]
  const urls = ['http://web.corp.example:8080/', 'http://api.corp.example:9090/']
  const outcome = await runApp(relay, ['app', 'run', ...connects, '--', 'curl', '-sS', ...urls])
  t.match(outcome, { code: 0, stdout: 'the webthe api' })
  t.match(
    outcome.stderr,
    /web\.corp\.example:8080 -> .*contoso|web\.corp\.example:8080 -> localhost/,
  )
})

test(
  'two hosts get addresses of their own, and nothing of it is seen outside',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { a: 'a.corp.example:7001', b: 'b.corp.example:7001' })
    const connects = ['--connect', relay.send('a'), '--connect', relay.send('b')]
    const script = 'getent hosts a.corp.example b.corp.example localhost'
    const { stdout } = await runApp(relay, ['app', 'run', ...connects, '--', 'sh', '-c', script])
    const [a, b, local] = stdout.split('\n').map((line) => line.split(/\s+/)[0])
    t.match(a, /^127\.(?!0\.)\d+\.\d+\.\d+$/)
    t.match(b, /^127\.(?!0\.)\d+\.\d+\.\d+$/)
    t.not(a, b)
    t.match(local, /^(?:127\.0\.0\.1|::1)$/, 'what the hosts file said before still holds')
    const outside = await runApp(relay, ['app', 'tcpping', 'a.corp.example:7001'])
    t.match(outside, { code: 3, stderr: /ENOTFOUND|EAI_AGAIN/ })
  },
)

test(
  'the program keeps arguments, streams, environment, folder, user and exit code',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:8080' })
    const script = 'cat; echo "$MINE $(pwd) $(id -u) $*"; exit 42'
    const args = [
      'app',
      'run',
      '-q',
      '--connect',
      relay.send('web'),
      '--',
      'sh',
      '-c',
      script,
      'sh',
      '-x',
      '--',
      'y z',
    ]
    const cwd = t.testdir({})
    const outcome = await runApp(relay, args, { cwd, env: { MINE: 'kept' }, stdin: 'in ' })
    t.match(outcome, { code: 42, signal: null, stderr: '' })
    t.equal(outcome.stdout, `in kept ${cwd} ${process.getuid?.()} -x -- y z\n`)
  },
)

test('signals reach the program, and its death by one is told on', { skip }, async (t) => {
  const relay = await startAppRelay(t, { web: 'web.corp.example:8080' })
  const start = (script: string) => {
    const args = ['app', 'run', '-q', '--connect', relay.send('web'), '--', 'sh', '-c', script]
    const running = startApp(relay, args)
    t.teardown(() => running.stop())
    return running
  }
  const answering = start(
    `trap "exit 5" TERM; until ${CATCHES_SIGTERM}; do sleep 0.01; done; echo up; while :; do sleep 0.05; done`,
  )
  await answering.line('up')
  answering.signal('SIGTERM')
  t.match(await answering.ended, { code: 5, signal: null })
  t.match(await start('kill -TERM $$').ended, { code: null, signal: 'SIGTERM' })
})

test('a half-closed connection still gets its answer', { skip }, async (t) => {
  const relay = await startAppRelay(t, { sum: 'sum.corp.example:7002' })
  const port = await service(t, (socket) => {
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
    socket.on('end', () => socket.end(`${bytes} bytes`))
  })
  await serve(t, relay, 'sum', port)
  const script = `
const socket = require('net').connect(7002, 'sum.corp.example')
socket.end(Buffer.alloc(300000))
socket.pipe(process.stdout)`
  const args = ['app', 'run', '--connect', relay.send('sum'), '--', NODE, '-e', script]
  t.match(await runApp(relay, args), { code: 0, stdout: '300000 bytes' })
})

test(
  'another port of the host is refused at once, and the reason was told',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:8080' })
    await serve(t, relay, 'web', await webPage(t, 'page'))
    const script = `require('net').connect(8081, 'web.corp.example').on('error', (error) => console.log(error.code))`
    const args = ['app', 'run', '--connect', relay.send('web'), '--', NODE, '-e', script]
    const outcome = await runApp(relay, args)
    t.match(outcome, { code: 0, stdout: 'ECONNREFUSED\n' })
    t.match(outcome.stderr, /web\.corp\.example:8080 .*other ports of this host are refused/)
  },
)

test(
  'FTP in passive mode: the control connection answers, the data connection is refused with the reason',
  { skip },
  async (t) => {
    if (!hasProgram(t, 'curl')) return
    const relay = await startAppRelay(t, { files: 'ftp.corp.example:2121' })
    const data = await service(t, (socket) => socket.end('never seen'))
    const replies: Readonly<Record<string, string>> = {
      USER: '331 name ok',
      PASS: '230 logged in',
      PWD: '257 "/"',
      EPSV: `229 Entering Extended Passive Mode (|||${data}|)`,
      QUIT: '221 bye',
    }
    const asked: string[] = []
    const control = await service(t, (socket) => {
      socket.write('220 ready\r\n')
      socket.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
          const word = line.split(' ')[0] ?? ''
          asked.push(word)
          socket.write(`${replies[word] ?? '500 unknown'}\r\n`)
        }
      })
    })
    await serve(t, relay, 'files', control)
    const args = [
      'app',
      'run',
      '--connect',
      relay.send('files'),
      '--',
      'curl',
      '-sS',
      '--max-time',
      '20',
    ]
    const outcome = await runApp(relay, [
      ...args,
      '--disable-eprt',
      'ftp://ftp.corp.example:2121/file',
    ])
    t.ok(asked.includes('EPSV'), 'the control connection went through')
    t.not(outcome.code, 0)
    t.not(outcome.code, 28, 'it did not hang until the time-out')
    t.equal(outcome.stdout, '')
    t.match(
      outcome.stderr,
      /ftp\.corp\.example:2121 .*TCP only, other ports of this host are refused/,
    )
  },
)

test(
  'a UDP datagram to the endpoint goes nowhere, and the sender learns it',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { dns: 'dns.corp.example:5353' })
    const received: string[] = []
    const target = createSocket('udp4', (message) => received.push(String(message)))
    target.bind(0, '127.0.0.1')
    await once(target, 'listening')
    t.teardown(() => target.close())
    await serve(t, relay, 'dns', target.address().port)
    const script = `
const socket = require('dgram').createSocket('udp4')
socket.on('error', (error) => { console.log(error.code); socket.close() })
socket.connect(5353, 'dns.corp.example', () => { socket.send('a'); setInterval(() => socket.send('b'), 20).unref() })`
    const args = ['app', 'run', '--connect', relay.send('dns'), '--', NODE, '-e', script]
    const outcome = await runApp(relay, args)
    t.match(outcome, {
      code: 0,
      stdout: /^ECONNREFUSED/,
      stderr: /dns\.corp\.example:5353 .*TCP only/,
    })
    t.same(received, [])
  },
)

test('endpoints that are localhost or an IP address are told by name and never redirected', async (t) => {
  const relay = await startAppRelay(t, { local: 'localhost:7003', address: '10.20.30.40:7004' })
  const here = await webPage(t, 'my own machine')
  await serve(t, relay, 'local', await webPage(t, 'through the relay'))
  const connects = ['--connect', relay.send('local'), '--connect', relay.send('address')]
  const script = `fetch('http://localhost:${here}/').then((answer) => answer.text()).then(console.log)`
  const outcome = await runApp(relay, ['app', 'run', ...connects, '--', NODE, '-e', script])
  t.match(outcome, { code: 0, stdout: 'my own machine\n' })
  t.match(outcome.stderr, /localhost:7003 .* is not redirected: localhost is the app's own machine/)
  t.match(outcome.stderr, /10\.20\.30\.40:7004 .* is not redirected: it is an IP address/)
  const direct = await runApp(relay, [
    ...['app', 'run', '-q', ...connects, '--', NODE, '-e'],
    `require('net').connect(7003, '127.0.0.1').on('error', (error) => console.log(error.code))`,
  ])
  t.match(direct, { stdout: 'ECONNREFUSED\n' })
})

test(
  'another user than root keeps its uid and has no right that it had not',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:8080' })
    await serve(t, relay, 'web', await webPage(t, 'page'))
    const script =
      'id -u; sed -n "s/^CapEff:\\t//p" /proc/self/status; curl -sS http://web.corp.example:8080/'
    const args = ['app', 'run', '-q', '--connect', relay.send('web'), '--', 'sh', '-c', script]
    const outcome = await runUnprivileged(relay, args, { hasNamespaces: true })
    const uid = process.getuid?.() === 0 ? 65_534 : process.getuid?.()
    t.match(outcome, { code: 0, stderr: '' })
    t.equal(outcome.stdout, `${uid}\n0000000000000000\npage`)
  },
)

test(
  'where namespaces are forbidden Node programs are led by a preload, children too',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:80' })
    await serve(t, relay, 'web', await webPage(t, 'page'))
    const script = `
const { execFileSync } = require('child_process')
const child = () => execFileSync(process.execPath, ['-e', 'fetch("http://web.corp.example/").then((answer) => answer.text()).then(console.log)']).toString()
fetch('http://web.corp.example/').then((answer) => answer.text()).then((text) => {
  console.log(text, child().trim())
  require('net').connect(81, 'web.corp.example').on('error', (error) => console.log(error.code, /one port of this host/.test(error.message)))
})`
    const args = ['app', 'run', '--connect', relay.send('web'), '--', NODE, '-e', script]
    const outcome = await runUnprivileged(relay, args, { hasNamespaces: false })
    t.match(outcome, { code: 0, stdout: 'page page\nECONNREFUSED true\n' })
    t.match(outcome.stderr, /by a preload, in Node programs alone/)
  },
)

test(
  'where namespaces are forbidden another program is not started, and the ways out are named',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:8080' })
    const args = ['app', 'run', '--connect', relay.send('web'), '--', 'sh', '-c', 'echo started']
    const outcome = await runUnprivileged(relay, args, { hasNamespaces: false })
    t.match(outcome, { code: 1, stdout: '' })
    t.match(outcome.stderr, /sh was not started: its host names cannot be led away .*unshare/)
    t.match(outcome.stderr, /try: relay-emulator app forward/)
  },
)

test(
  'a port that needs privilege: Node programs work, for others the ways out are named',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:80' })
    await serve(t, relay, 'web', await webPage(t, 'page'))
    const run = ['app', 'run', '--connect', relay.send('web'), '--']
    const script = `fetch('http://web.corp.example/').then((answer) => answer.text()).then(console.log)`
    t.match(await runUnprivileged(relay, [...run, NODE, '-e', script], { hasNamespaces: true }), {
      code: 0,
      stdout: 'page\n',
    })
    const other = await runUnprivileged(relay, [...run, 'curl', 'http://web.corp.example/'], {
      hasNamespaces: true,
    })
    t.match(other, { code: 1, stdout: '', stderr: /port 80 may not be opened without more rights/ })
    t.match(other.stderr, /app forward.*ip_unprivileged_port_start=80.*root/)
  },
)

test(
  'a port that a service of this machine has at all addresses: Node programs work, others are told',
  { skip },
  async (t) => {
    const port = await service(t, (socket) => socket.end('not this one'), '0.0.0.0')
    const relay = await startAppRelay(t, { web: `web.corp.example:${port}` })
    await serve(t, relay, 'web', await webPage(t, 'page'))
    const run = ['app', 'run', '--connect', relay.send('web'), '--']
    const script = `fetch('http://web.corp.example:${port}/').then((answer) => answer.text()).then(console.log)`
    t.match(await runApp(relay, [...run, NODE, '-e', script]), { code: 0, stdout: 'page\n' })
    t.match(await runApp(relay, [...run, 'echo', 'started']), {
      code: 1,
      stdout: '',
      stderr: /another program has port \d+ at all addresses.*\n.*app forward/,
    })
  },
)

test('what cannot work is refused before anything is started', async (t) => {
  const relay = await startAppRelay(t, { a: 'db.corp.example:7005', b: 'DB.corp.example:7005' })
  const run = (...args: string[]) => runApp(relay, ['app', 'run', ...args, '--', 'echo', 'started'])
  const [a, b] = [relay.send('a'), relay.send('b')]
  t.match(await run(), { code: 2, stdout: '', stderr: /--connect or --connect-file is needed/ })
  t.match(await run('--connect', a, '--connect', b), { code: 2, stderr: /both lead to db\.corp/ })
  t.match(await run('--connect', a.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=wrong')), {
    code: 4,
    stdout: '',
    stderr: /InvalidSignature.*\n.*--endpoint HOST:PORT/,
  })
  t.match(await run('--connect', a.replace(/:\d+\//, ':3/')), { code: 3, stderr: /ECONNREFUSED/ })
  t.match(await run('--connect', a.replace('EntityPath=a', 'EntityPath=none')), {
    code: 4,
    stdout: '',
  })
})

test(
  'an endpoint that the agent cannot reach resets the connection, and the relay is named',
  { skip },
  async (t) => {
    const relay = await startAppRelay(t, { web: 'web.corp.example:8080' })
    const script = `require('net').connect(8080, 'web.corp.example').on('error', (error) => console.log(error.code))`
    const args = ['app', 'run', '--connect', relay.send('web'), '--', NODE, '-e', script]
    const outcome = await runApp(relay, args)
    t.match(outcome, { code: 0, stdout: 'ECONNRESET\n' })
    t.match(outcome.stderr, /web\.corp\.example:8080: .*There are no listeners connected/)
    t.notMatch(outcome.stderr, /TrackingId|SharedAccess/)
  },
)

test('a program may use many connections at once', { skip }, async (t) => {
  const relay = await startAppRelay(t, { echo: 'echo.corp.example:7006' })
  await serve(t, relay, 'echo', await echo(t))
  const script = `
const net = require('net')
Promise.all(Array.from({ length: 50 }, (_, n) => new Promise((resolve, reject) => {
  let text = ''
  const socket = net.connect(7006, 'echo.corp.example').on('error', reject)
  socket.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text === String(n).repeat(5000)))
  socket.end(String(n).repeat(5000))
}))).then((all) => console.log(all.every(Boolean)))`
  const args = ['app', 'run', '-q', '--connect', relay.send('echo'), '--', NODE, '-e', script]
  t.match(await runApp(relay, args), { code: 0, stdout: 'true\n', stderr: '' })
})
