import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createServer } from 'node:tls'
import { type Test, test } from 'tap'
import {
  type HybridStream,
  type ListenerOptions,
  type RelaySender,
  createListener,
  createSender,
  createWebSocketListener,
} from '../../client/index.ts'
import { openAuthority } from '../../server/tls/authority.ts'
import { startProgram } from '../harness/program.ts'
import { type TestRelay, keyOf, startRelay } from '../harness/relay.ts'

/** Connection strings of `demo`, over TLS or in clear text. */
function strings(relay: TestRelay, how: 'tls' | 'plain' = 'tls') {
  const demo = relay.server.ready.namespaces[0]?.hybridConnections.find(
    ({ name }) => name === 'demo',
  )
  if (!demo) throw new Error('no hybrid connection demo')
  const plain = (text: string) =>
    `${text.replace(`:${relay.port}/`, `:${relay.plainPort}/`)};UseDevelopmentEmulator=true`
  const pick = (text: string) => (how === 'tls' ? text : plain(text))
  return { listen: pick(demo.listenConnectionString), send: pick(demo.sendConnectionString) }
}

async function startPair(
  t: Test,
  {
    how = 'tls' as 'tls' | 'plain',
    zeroMask = false,
    ...options
  }: Partial<ListenerOptions> & { how?: 'tls' | 'plain' } = {},
) {
  const relay = await startRelay(t)
  const { listen, send } = strings(relay, how)
  const listener = createListener({
    connectionString: listen,
    ca: relay.caPem,
    zeroMask,
    ...options,
  })
  t.teardown(() => listener.close())
  await listener.online()
  const sender = createSender({ connectionString: send, ca: relay.caPem, zeroMask })
  t.teardown(() => sender.close())
  return { relay, listener, sender }
}

/** Sends everything back, and its own end after the other's. */
function echo(stream: HybridStream): void {
  void pipeline(stream, stream).catch(() => {})
}

async function textOf(stream: HybridStream): Promise<string> {
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(stream, 'end')
  return text
}

test('a listener sees what a sender asked for, and both agree on a sub-protocol', async (t) => {
  const { listener, sender } = await startPair(t)
  const taken = (async () => {
    for await (const stream of listener) return stream
    return undefined
  })()
  const id = '11111111-2222-3333-4444-555555555555'
  const stream = await sender.connect({
    id,
    path: '/rooms/1',
    query: 'a=1&b=2',
    headers: { 'X-Custom': 'Some value; other/value' },
    protocols: ['first', 'second'],
  })
  const accepted = await taken
  t.equal(stream.info.protocol, 'first')
  t.match(stream.info.id, new RegExp(`^${id}`))
  t.match(accepted?.info, { url: '/demo/rooms/1?a=1&b=2', protocol: 'first' })
  t.match(accepted?.info.id, new RegExp(`^${id}`))
  t.ok(
    accepted?.info.headers.some(
      ([name, value]) => name === 'X-Custom' && value === 'Some value; other/value',
    ),
  )
  t.notOk(
    accepted?.info.headers.some(([name]) => /authorization/i.test(name)),
    'no token',
  )
  t.equal(accepted?.info.remoteEndpoint?.address, '127.0.0.1')
  stream.destroy()
  accepted?.destroy()
})

test('a client that ends its writing side still reads the answer', async (t) => {
  const { listener, sender } = await startPair(t)
  listener.on('connection', (stream) => {
    void textOf(stream).then((question) => stream.end(`answer to ${question}`))
  })
  const stream = await sender.connect()
  stream.end('question')
  t.equal(await textOf(stream), 'answer to question')
})

for (const [name, options] of [
  ['over TLS', {}],
  ['over TLS with zero masks', { zeroMask: true }],
  ['in clear text', { how: 'plain' as const }],
] as const) {
  test(`64 MiB each way arrive unchanged ${name}`, async (t) => {
    const { listener, sender } = await startPair(t, options)
    const total = 64 * 1024 * 1024
    const exchange = async (stream: HybridStream, seed: string) => {
      const sent = createHash('sha256')
      const received = createHash('sha256')
      let bytes = 0
      stream.on('data', (chunk: Buffer) => {
        received.update(chunk)
        bytes += chunk.length
      })
      const blocks = function* () {
        const block = Buffer.alloc(70_001, seed)
        for (let left = total; left > 0; left -= block.length) {
          const piece = block.subarray(0, Math.min(left, block.length))
          sent.update(piece)
          yield piece
        }
      }
      const ended = Promise.all([once(stream, 'end'), once(stream, 'finish')])
      Readable.from(blocks(), { objectMode: false }).pipe(stream)
      await ended
      t.equal(bytes, total)
      return { sent: sent.digest('hex'), received: received.digest('hex') }
    }
    const atListener = once(listener, 'connection').then(([stream]) =>
      exchange(stream as HybridStream, 'from the listener'),
    )
    const atSender = sender.connect().then((stream) => exchange(stream, 'from the sender'))
    const [a, b] = await Promise.all([atListener, atSender])
    t.equal(a.sent, b.received)
    t.equal(b.sent, a.received)
  })
}

test('later connections of a sender resume the TLS session of the first', async (t) => {
  const { relay, listener } = await startPair(t)
  listener.on('connection', echo)
  const authority = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const reused: boolean[] = []
  // TLS ends here, so that one sees what a relay sees.
  const front = createServer(await authority.issue([]), (near) => {
    reused.push(near.isSessionReused())
    const far = connect(relay.plainPort, '127.0.0.1')
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => front.close())
  const { port } = front.address() as AddressInfo
  const sender = createSender({
    connectionString: strings(relay).send.replace(`:${relay.port}/`, `:${port}/`),
    ca: authority.caPem,
  })
  for (const text of ['first', 'second', 'third']) {
    const stream = await sender.connect()
    stream.end(text)
    t.equal(await textOf(stream), text)
  }
  t.same(reused, [false, true, true])
})

test('100 streams at once each get their own answer (relay-protocol 4.7)', async (t) => {
  const { listener, sender } = await startPair(t)
  listener.on('connection', echo)
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const stream = await sender.connect()
      stream.end(`stream ${index}`)
      return textOf(stream)
    }),
  )
  t.same(
    answers,
    Array.from({ length: 100 }, (_, index) => `stream ${index}`),
  )
})

test('a rejection reaches the sender with status and reason (relay-protocol 4.5)', async (t) => {
  const { listener, sender } = await startPair(t, {
    acceptHandler: ({ url }) => {
      if (url.endsWith('/broken')) throw new Error('a bug')
      if (url.endsWith('/forgetful')) return undefined as never
      return { accept: false, status: 403, reason: 'not today' }
    },
  })
  await t.rejects(sender.connect(), { code: 'RELAY_REJECTED', status: 403, reason: 'not today' })
  const fault = once(listener, 'fault')
  await t.rejects(sender.connect({ path: 'broken' }), { code: 'RELAY_REJECTED', status: 502 })
  await fault
  await t.rejects(sender.connect({ path: 'forgetful' }), { code: 'RELAY_REJECTED', status: 502 })
  await t.rejects(sender.connect({ query: 'a b' }), { name: 'TypeError', message: /escape/ })
})

test('a side that is destroyed is an error for the other one, not an end', async (t) => {
  const { listener, sender } = await startPair(t)
  for (const which of ['listener', 'sender'] as const) {
    const accepted = once(listener, 'connection') as Promise<[HybridStream]>
    const stream = await sender.connect()
    const [other] = await accepted
    const [cut, left] = which === 'sender' ? [stream, other] : [other, stream]
    const failed = new Promise((resolve) => left.on('error', resolve))
    left.on('end', () => t.fail('it ended in order'))
    left.resume()
    cut.destroy()
    t.match(await failed, { code: 'RELAY_CONNECTION_LOST' }, which)
  }
})

test('messages keep boundaries, kind and Close codes between two of our ends', async (t) => {
  const relay = await startRelay(t)
  const { listen, send } = strings(relay)
  const listener = createWebSocketListener({ connectionString: listen, ca: relay.caPem })
  t.teardown(() => listener.close())
  const closed = new Promise<[number, string]>((resolve) => {
    listener.on('connection', (socket) => {
      socket.on('message', (data, binary) => socket.send(data, { binary }))
      socket.on('close', (code, reason) => resolve([code, reason.toString()]))
    })
  })
  await listener.online()
  const sender: RelaySender = createSender({ connectionString: send, ca: relay.caPem })
  const socket = await sender.connectWebSocket()
  const seen: [number, boolean][] = []
  for (const message of ['grüße', Buffer.alloc(0), Buffer.alloc(1_000_000), 'x'])
    socket.send(message)
  await new Promise<void>((resolve) => {
    socket.on('message', (data, isBinary) => {
      seen.push([data.length, isBinary])
      if (seen.length === 4) resolve()
    })
  })
  t.same(seen, [
    [7, false],
    [0, true],
    [1_000_000, true],
    [1, false],
  ])
  socket.close(4001, 'done')
  t.same(await closed, [4001, 'done'])
})

test('an unmodified hyco-ws listener answers our sender', async (t) => {
  const relay = await startRelay(t)
  const key = keyOf(relay.server, 'defaultListener', 'demo')
  const uri = relay.url('demo', { 'sb-hc-action': 'listen' })
  const program = startProgram(
    t,
    'hyco-ws-listener.mjs',
    [uri, 'defaultListener', key],
    relay.caFile,
  )
  await program.next('listening')
  const sender = createSender({ connectionString: strings(relay).send, ca: relay.caPem })
  const socket = await sender.connectWebSocket()
  socket.send('hello')
  socket.send(Buffer.alloc(300_000, 'relay'))
  const first = (await once(socket, 'message')) as [Buffer, boolean]
  t.same([first[0].toString(), first[1]], ['hello', false])
  const second = (await once(socket, 'message')) as [Buffer, boolean]
  t.same([second[0].length, second[1]], [300_000, true])
  socket.close(1000, 'bye')
  t.match(await program.next('closed'), { code: 1000 })
})

test('an unmodified hyco-ws sender reaches our listener, byte stream and messages alike', async (t) => {
  const relay = await startRelay(t)
  const { listen } = strings(relay)
  const key = keyOf(relay.server, 'defaultSender', 'demo')
  const uri = relay.url('demo', { 'sb-hc-action': 'connect' })
  const send = () =>
    startProgram(
      t,
      'hyco-ws-sender.mjs',
      [uri, 'defaultSender', key, 'hi', 'bytes:200000'],
      relay.caFile,
    )
  const messages = createWebSocketListener({ connectionString: listen, ca: relay.caPem })
  messages.on('connection', (socket) =>
    socket.on('message', (data, binary) => socket.send(data, { binary })),
  )
  await messages.online()
  const first = send()
  t.equal((await first.next('message')).text, 'hi')
  t.equal((await first.next('message')).size, 200_000)
  t.match(await first.next('closed'), { code: 1000 })
  await messages.close()
  const bytes = createListener({ connectionString: listen, ca: relay.caPem })
  t.teardown(() => bytes.close())
  bytes.on('connection', echo)
  await bytes.online()
  t.equal((await send().next('message')).size, 2)
})
