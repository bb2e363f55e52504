import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { test } from 'tap'
import { ROOT, launch, runCli, startCli } from '../harness/cli.ts'

const HOST = 'local-relay.servicebus.windows.net'
const NODE = process.execPath
/** Lets a program in a temporary folder load this repository's packages, CommonJS ones too. */
const REQUIRE = `import { createRequire } from 'node:module'
const require = createRequire(${JSON.stringify(pathToFileURL(join(ROOT, 'package.json')).href)})
`

test('unmodified hyco-ws, whose port 443 is fixed, exchanges data as listener and sender', async (t) => {
  const program = `${REQUIRE}
const WebSocket = require('hyco-ws')
const keyOf = (variable) => /SharedAccessKeyName=([^;]+);SharedAccessKey=([^;]+)/.exec(process.env[variable]).slice(1)
const token = (uri, variable) => WebSocket.createRelayToken(uri, ...keyOf(variable))
const listenUri = WebSocket.createRelayListenUri('${HOST}', 'demo')
const sendUri = WebSocket.createRelaySendUri('${HOST}', 'demo')
const server = WebSocket.createRelayedServer(
  { server: listenUri, token: () => token(listenUri, 'RELAY_LISTEN_CONNECTION_STRING_DEMO') },
  (socket) => { socket.onmessage = ({ data }) => socket.send('echo ' + data) },
)
server.on('error', (error) => { console.error(error); process.exit(1) })
server.on('listening', () => {
  console.log(listenUri, sendUri)
  WebSocket.relayedConnect(sendUri, token(sendUri, 'RELAY_SEND_CONNECTION_STRING_DEMO'), (socket) => {
    socket.onmessage = ({ data }) => { console.log(data); process.exit(0) }
    socket.send('hello')
  })
})
`
  const folder = t.testdir({ 'hyco.mjs': program })
  const { env } = await startCli(t)
  const { code, stdout, stderr } = await runCli(['exec', '--', NODE, join(folder, 'hyco.mjs')], {
    // hyco-ws uses what newer Node.js calls deprecated, and says so on standard error.
    env: { ...env, NODE_NO_WARNINGS: '1' },
  })
  t.match({ code, stderr }, { code: 0, stderr: '' })
  t.equal(
    stdout,
    `wss://${HOST}:443/$hc/demo?sb-hc-action=listen wss://${HOST}:443/$hc/demo?sb-hc-action=connect\necho hello\n`,
  )
})

test('every client of Node is led to the emulator, in workers and child processes too', async (t) => {
  const program = `${REQUIRE}
import { execFileSync } from 'node:child_process'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { once } from 'node:events'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

const url = 'https://${HOST}/'
const port = (socket) => { const { remotePort } = socket; socket.destroy(); return remotePort }
const tried = {
  net: async () => { const socket = net.connect(443, '${HOST}'); await once(socket, 'connect'); return port(socket) },
  netWithFamilies: async () => {
    const socket = net.connect({ host: '${HOST}', port: 443, autoSelectFamily: true })
    await once(socket, 'connect')
    return port(socket)
  },
  socket: async () => { const socket = new net.Socket().connect(443, '${HOST}'); await once(socket, 'connect'); return port(socket) },
  tls: async () => {
    const socket = tls.connect({ host: '${HOST}', port: 443, servername: '${HOST}' })
    await once(socket, 'secureConnect')
    const names = socket.getPeerCertificate().subjectaltname
    if (!socket.authorized || socket.servername !== '${HOST}' || !names.includes('*.servicebus.windows.net')) throw new Error(names)
    return port(socket)
  },
  https: async () => { const [response] = await once(https.get(url), 'response'); return port(response.socket) },
  fetch: async () => (await fetch(url)).status,
  ws: async () => {
    const socket = new (require('ws'))('wss://${HOST}/$hc/open?sb-hc-action=connect')
    const [, response] = await once(socket, 'unexpected-response')
    return response.statusCode
  },
}
if (typeof WebSocket === 'function')
  tried.webSocket = async () => {
    const socket = new WebSocket('wss://${HOST}/$hc/none')
    return new Promise((resolve) => { socket.onerror = () => resolve('refused by the emulator') })
  }

const results = {}
for (const [name, run] of Object.entries(tried)) results[name] = await run()
if (!isMainThread) parentPort.postMessage(results)
else if (process.argv[2] === 'child') console.log(JSON.stringify(results))
else {
  const [worker] = await once(new Worker(new URL(import.meta.url)), 'message')
  const child = JSON.parse(execFileSync(process.execPath, [process.argv[1], 'child'], { encoding: 'utf8' }))
  console.log(JSON.stringify({ main: results, worker, child, execArgv: process.execArgv }))
}
process.exit()
`
  const folder = t.testdir({ 'clients.mjs': program })
  const { env, ready } = await startCli(t)
  const { code, stdout, stderr } = await runCli(['exec', '--', NODE, join(folder, 'clients.mjs')], {
    env,
  })
  t.match({ code, stderr }, { code: 0, stderr: '' })
  const { port } = ready.relay
  const expected = {
    net: port,
    netWithFamilies: port,
    socket: port,
    tls: port,
    https: port,
    fetch: Number,
    ws: 404,
  }
  t.match(JSON.parse(stdout), { main: expected, worker: expected, child: expected, execArgv: [] })
})

test('other names, and other ports of the same name, go where they always went', async (t) => {
  const program = `
import net from 'node:net'
import { once } from 'node:events'
const server = net.createServer((socket) => socket.end('mine')).listen(0, '127.0.0.1')
await once(server, 'listening')
const lookedUp = []
const lookup = (host, options, callback) => {
  lookedUp.push(host)
  callback(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4)
}
for (const host of ['${HOST}', 'other.servicebus.windows.net', 'example.com']) {
  const socket = net.connect({ host, port: server.address().port, lookup })
  const [data] = await once(socket, 'data')
  console.log(host, String(data))
}
const stranger = net.connect({ host: 'other.servicebus.windows.net', port: 443, lookup: (host, _, callback) => callback(new Error('asked for ' + host)) })
const [error] = await once(stranger, 'error')
console.log(error.message)
server.close()
`
  const folder = t.testdir({ 'others.mjs': program })
  const { env } = await startCli(t)
  const { stdout, stderr } = await runCli(['exec', '--', NODE, join(folder, 'others.mjs')], { env })
  t.equal(stderr, '')
  t.same(stdout.trim().split('\n'), [
    `${HOST} mine`,
    'other.servicebus.windows.net mine',
    'example.com mine',
    'asked for other.servicebus.windows.net',
  ])
})

test('the program keeps its arguments, its streams, its environment and its exit code', async (t) => {
  const { env } = await startCli(t)
  const script =
    'process.stdin.on("data", (text) => { console.log(String(text), process.argv.slice(1).join(" "), process.env.MINE); process.exitCode = 42 })'
  const args = ['exec', '--', NODE, '-e', script, '--', '-x', '--admin', 'q', '--', 'y']
  const outcome = await runCli(args, { env: { ...env, MINE: 'kept' }, stdin: 'hello' })
  t.match(outcome, { code: 42, stdout: 'hello -x --admin q -- y kept\n', stderr: '' })
})

test('NODE_OPTIONS and NODE_EXTRA_CA_CERTS that were set stay in force', async (t) => {
  const { env, ready } = await startCli(t)
  const folder = t.testdir({ 'extra.pem': 'MINE' })
  const script = `
console.log(process.env.NODE_OPTIONS.startsWith('--max-http-header-size=20000 --import=file:'), require('http').maxHeaderSize)
const text = require('fs').readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8')
console.log(text.includes('MINE'), text.includes(require('fs').readFileSync(process.argv[1], 'utf8').trim()))`
  const { stdout } = await runCli(['exec', '--', NODE, '-e', script, ready.caFile ?? ''], {
    env: {
      ...env,
      NODE_OPTIONS: '--max-http-header-size=20000',
      NODE_EXTRA_CA_CERTS: join(folder, 'extra.pem'),
    },
  })
  t.equal(stdout, 'true 20000\ntrue true\n')
})

const NO_SIGNALS = process.platform === 'win32' && 'Windows has no signals'

test('signals reach the program, which may answer them', { skip: NO_SIGNALS }, async (t) => {
  const { env } = await startCli(t)
  const script =
    'process.on("SIGTERM", () => process.exit(5)); setInterval(() => undefined, 1000); console.log("up")'
  const running = launch(['exec', '--', NODE, '-e', script], { env })
  t.teardown(() => running.stop())
  await running.line('up')
  running.signal('SIGTERM')
  t.match(await running.ended, { code: 5, signal: null })
})

test('the death of the program by a signal is told on', { skip: NO_SIGNALS }, async (t) => {
  const { env } = await startCli(t)
  const script = 'process.kill(process.pid, "SIGTERM")'
  const outcome = await runCli(['exec', '--', NODE, '-e', script], { env })
  t.match(outcome, { code: null, signal: 'SIGTERM' })
})

test('a program that cannot be started fails with its name, without an emulator with the next step', async (t) => {
  const { env } = await startCli(t)
  t.match(await runCli(['exec', '--', 'no-such-program'], { env }), {
    code: 1,
    stderr: 'relay-emulator: cannot run no-such-program: it is not on the PATH\n',
  })
  t.match(await runCli(['exec', '--', NODE, '-v']), {
    code: 3,
    stdout: '',
    stderr: /try: relay-emulator start/,
  })
})
