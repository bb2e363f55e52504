import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'tap'
import WebSocket from 'ws'
import {
  digestOf,
  entityWith,
  readToEnd,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
  whenGone,
} from '../harness/agent.ts'
import { factOf } from '../harness/facts.ts'
import { startProgram } from '../harness/program.ts'
import { keyOf, startRelay } from '../harness/relay.ts'

const HOST = 'db.onprem.example'
const RELAY = {
  configuration: {
    namespaces: [
      {
        name: 'contoso',
        hybridConnections: [
          entityWith('sql', { endpoint: `${HOST}:5432` }),
          entityWith('web', { endpoint: `${HOST}:80` }),
        ],
      },
    ],
  },
}
const to = (port: number, endpointPort = 5432) => [
  '--connect-to',
  `${HOST}:${endpointPort}:127.0.0.1:${port}`,
]

test('our sender, ws and hyco-ws reach a TCP service behind an agent', async (t) => {
  const relay = await startRelay(t, RELAY)
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const agent = await startAgent(t, relay, { args: to(port) })
  await agent.add(stringsOf(relay, 'sql').listen)

  const stream = await startSender(t, relay, 'sql').connect()
  stream.end('through the agent')
  t.equal((await readToEnd(stream)).toString(), 'through the agent')

  const socket = new WebSocket(relay.url('sql', { 'sb-hc-action': 'connect' }), {
    ca: relay.caPem,
    headers: { ServiceBusAuthorization: relay.token() },
  })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  socket.send('from ws')
  const [echoed] = (await once(socket, 'message')) as [Buffer]
  t.equal(echoed.toString(), 'from ws')
  socket.close(1000)
  await once(socket, 'close')

  const sendKey = keyOf(relay.server, 'defaultSender', 'sql')
  const uri = relay.url('sql', { 'sb-hc-action': 'connect' })
  const args = [uri, 'defaultSender', sendKey, 'from hyco-ws']
  const sender = startProgram(t, 'hyco-ws-sender.mjs', args, relay.caFile)
  t.match(await sender.next('message'), { size: 'from hyco-ws'.length })
  t.match(await sender.next('closed'), { code: 1000 })
})

test('64 MiB go each way at once and come back unharmed', async (t) => {
  const relay = await startRelay(t, RELAY)
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const agent = await startAgent(t, relay, { args: to(port) })
  await agent.add(stringsOf(relay, 'sql').listen)
  const stream = await startSender(t, relay, 'sql').connect()
  const block = randomBytes(1024 * 1024)
  const blocks = function* () {
    for (let index = 0; index < 64; index += 1) {
      const next = Buffer.from(block)
      next.writeUInt32BE(index)
      yield next
    }
  }
  const sent = digestOf(Readable.from(blocks()))
  const received = digestOf(stream)
  Readable.from(blocks()).pipe(stream)
  t.strictSame(await received, await sent)
  t.equal((await received).bytes, 64 * 1024 * 1024)
})

test('each side may end its direction first, and still gets what the other has to say', async (t) => {
  const relay = await startRelay(t, RELAY)
  const heard: Buffer[] = []
  let hasHeard = () => {}
  const whenHeard = new Promise<void>((resolve) => (hasHeard = resolve))
  const port = await startEndpoint(t, async (socket) => {
    heard.push(await readToEnd(socket))
    socket.end('the answer')
  })
  const bannerPort = await startEndpoint(t, async (socket) => {
    socket.end('banner')
    heard.push(await readToEnd(socket))
    hasHeard()
  })
  const agent = await startAgent(t, relay, { args: [...to(port), ...to(bannerPort, 80)] })
  await agent.add(stringsOf(relay, 'sql').listen)
  await agent.add(stringsOf(relay, 'web').listen)

  const client = await startSender(t, relay, 'sql').connect()
  client.end('the question')
  t.equal((await readToEnd(client)).toString(), 'the answer')

  const late = await startSender(t, relay, 'web').connect()
  t.equal((await readToEnd(late)).toString(), 'banner')
  late.end('still heard')
  await whenHeard
  t.strictSame(heard.map(String), ['the question', 'still heard'])
})

test('a reset goes through in both directions', async (t) => {
  const relay = await startRelay(t, RELAY)
  let connected = (_socket: Socket) => {}
  const port = await startEndpoint(t, (socket) => connected(socket))
  const agent = await startAgent(t, relay, { args: to(port) })
  await agent.add(stringsOf(relay, 'sql').listen)
  const sender = startSender(t, relay, 'sql')
  const open = async () => {
    const endpoint = new Promise<Socket>((resolve) => (connected = resolve))
    return { stream: await sender.connect(), endpoint: await endpoint }
  }
  const first = await open()
  const failed = whenGone(first.stream)
  first.endpoint.resetAndDestroy()
  await failed
  t.match(first.stream.errored, { name: 'RelayClientError' })

  const second = await open()
  const reset = new Promise((resolve) => second.endpoint.once('error', resolve))
  second.endpoint.resume()
  second.stream.destroy()
  t.match(await reset, { code: 'ECONNRESET' })
})

test('an endpoint that is down rejects the sender, which learns which one and why, as does the log', async (t) => {
  const relay = await startRelay(t, RELAY)
  const agent = await startAgent(t, relay, { args: to(3) })
  await agent.add(stringsOf(relay, 'sql').listen)
  await agent.add(stringsOf(relay, 'web').listen)
  await t.rejects(startSender(t, relay, 'sql').connect(), {
    code: 'RELAY_REJECTED',
    status: 502,
    reason: `${HOST}:5432 cannot be reached: nothing listens there (ECONNREFUSED)`,
  })
  t.match(JSON.parse(await agent.logged('endpoint not reached')), {
    level: 40,
    namespace: 'contoso',
    name: 'sql',
    endpoint: `${HOST}:5432`,
    code: 'ECONNREFUSED',
    reason: /dialled as 127\.0\.0\.1:3/,
  })
  await t.rejects(startSender(t, relay, 'web').connect(), {
    code: 'RELAY_REJECTED',
    message: / 502 db\.onprem\.example:80 is a name for examples .*\(HCM_NAME_RESERVED\)$/,
  })
  t.match(await agent.logged('HCM_NAME_RESERVED'), /never sent to DNS/)
})

test('an endpoint that breaks off before its first byte closes the tunnel with 1011 and the reason', async (t) => {
  const relay = await startRelay(t, RELAY)
  const port = await startEndpoint(
    t,
    (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  )
  const agent = await startAgent(t, relay, { args: to(port) })
  await agent.add(stringsOf(relay, 'sql').listen)
  const stream = await startSender(t, relay, 'sql').connect()
  stream.write('hello')
  await whenGone(stream)
  t.match(stream.errored, {
    code: 'RELAY_CLOSED',
    closeCode: 1011,
    reason: `${HOST}:5432 broke off: it cut the connection (ECONNRESET)`,
  })
})

test('a sender that leaves while its endpoint is dialled leaves no connection behind', async (t) => {
  const relay = await startRelay(t, RELAY)
  const gone: Promise<void>[] = []
  let arrived = () => {}
  const whenArrived = new Promise<void>((resolve) => (arrived = resolve))
  const port = await startEndpoint(t, (socket) => {
    gone.push(whenGone(socket))
    arrived()
  })
  const agent = await startAgent(t, relay, { args: [...to(port), '--log-level', 'debug'] })
  await agent.add(stringsOf(relay, 'sql').listen)
  const left = new AbortController()
  // The relay forgets a sender that leaves, and the agent's rendezvous comes too late.
  void factOf(relay, 'acceptSent').then(() => left.abort(new Error('it left')))
  await t.rejects(startSender(t, relay, 'sql').connect({ signal: left.signal }), {
    message: 'it left',
  })
  await whenArrived
  await Promise.all(gone)
  await agent.logged('the sender left')
})

test('nothing that a sender says leads the agent anywhere else', async (t) => {
  const relay = await startRelay(t, RELAY)
  const wrong = createServer((_request, response) => response.end())
  await once(wrong.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => wrong.close())
  const elsewhere = `127.0.0.1:${(wrong.address() as AddressInfo).port}`
  wrong.on('connection', () => t.fail('the sender chose the target'))
  const port = await startEndpoint(t, (socket) => socket.end('the endpoint'))
  const agent = await startAgent(t, relay, { args: to(port) })
  await agent.add(stringsOf(relay, 'sql').listen)
  const stream = await startSender(t, relay, 'sql').connect({
    path: `/${elsewhere}`,
    query: `endpoint=${elsewhere}&host=${elsewhere}&sb-hc-endpoint=${elsewhere}`,
    headers: { 'X-Forwarded-Host': elsewhere, Endpoint: elsewhere, Forwarded: `host=${elsewhere}` },
    protocols: [`endpoint.${elsewhere.replace(':', '.')}`],
  })
  t.equal((await readToEnd(stream)).toString(), 'the endpoint')
})

test('the agent opens no port but that of its control API', async (t) => {
  const relay = await startRelay(t, RELAY)
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const agent = await startAgent(t, relay, { args: to(port) })
  await agent.add(stringsOf(relay, 'sql').listen)
  const stream = await startSender(t, relay, 'sql').connect()
  stream.write('open')
  await once(stream, 'data')
  const ports = await listeningPorts(agent.pid)
  if (ports === null) return t.pass('only Linux tells', { skip: 'no /proc' })
  t.strictSame(ports, [Number(new URL(agent.controlApi).port)])
  stream.destroy()
})

/** Ports that a process listens on, by its sockets in /proc; null where there is none. */
async function listeningPorts(pid: number): Promise<number[] | null> {
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => null)
  if (!handles) return null
  const links = await Promise.all(
    handles.map((handle) => readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')),
  )
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]))
  const tables = await Promise.all(
    ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  )
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, , , , , , , inode]) => remote?.endsWith(':0000') && inodes.has(inode))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16))
}
