import { once } from 'node:events'
import { type Test, test } from 'tap'
import { Dialer } from './dialer.ts'
import { RelayWebSocket } from './relay-web-socket.ts'
import { type RawConnection, startRawRelay } from './testing/raw-relay.ts'
import { BINARY, CLOSE, TEXT, closePayload, serverFrame } from './testing/server-frames.ts'

const INFO = { id: 'i', url: '/x', protocol: 'p', headers: [], remoteEndpoint: undefined }

async function pair(
  t: Test,
  { extra = Buffer.alloc(0), maxMessageBytes = 1_000 } = {},
): Promise<{ socket: RelayWebSocket; relay: RawConnection }> {
  const server = await startRawRelay(t, { extra })
  const dialer = new Dialer({ isPlainAllowed: true })
  const { frames } = await dialer.dial(server.url, { timeoutMs: 5_000 })
  const socket = new RelayWebSocket(frames, INFO, { maxMessageBytes })
  t.teardown(() => socket.terminate())
  return { socket, relay: await server.next() }
}

test('messages keep their boundaries and kind, and none is missed before somebody listens', async (t) => {
  const early = Buffer.concat([serverFrame(TEXT, 'one'), serverFrame(BINARY, 'two')])
  const { socket } = await pair(t, { extra: early })
  await new Promise((resolve) => setImmediate(resolve))
  const seen: [string, boolean][] = []
  await new Promise<void>((resolve) =>
    socket.on('message', (data, isBinary) => {
      seen.push([data.toString(), isBinary])
      if (seen.length === 2) resolve()
    }),
  )
  t.same(seen, [
    ['one', false],
    ['two', true],
  ])
})

test('text, binary and fragments are sent as such', async (t) => {
  const { socket, relay } = await pair(t)
  socket.send('text')
  socket.send(Buffer.from('bin'))
  socket.send('frag', { isFinal: false })
  socket.send('ment')
  const frames = await relay.until((all) => all.length === 4)
  t.same(
    frames.map(({ firstByte, payload }) => [firstByte, payload.toString()]),
    [
      [TEXT, 'text'],
      [BINARY, 'bin'],
      [0x01, 'frag'],
      [0x80, 'ment'],
    ],
  )
})

test('bytes of every kind are sent as they are, and what is none is refused', async (t) => {
  const { socket, relay } = await pair(t)
  const bytes = new Uint8Array([1, 2, 3, 4])
  socket.send(bytes.buffer)
  socket.send(new Uint16Array(bytes.buffer, 2, 1))
  socket.send(new DataView(bytes.buffer))
  socket.ping('text')
  t.throws(() => socket.send(5 as never), { name: 'TypeError' })
  const frames = await relay.until((all) => all.length === 4)
  t.same(
    frames.map(({ payload }) => payload.toString('latin1')),
    ['\x01\x02\x03\x04', '\x03\x04', '\x01\x02\x03\x04', 'text'],
  )
})

test('close sends code and reason, and tells those of the answer', async (t) => {
  const { socket, relay } = await pair(t)
  const closed = once(socket, 'close')
  socket.close(4001, 'bye')
  t.equal(socket.readyState, RelayWebSocket.CLOSING)
  const frames = await relay.until((all) => all.length === 1)
  t.ok(frames[0]?.payload.equals(closePayload(4001, 'bye')))
  relay.socket.end(serverFrame(CLOSE, closePayload(4002, 'too')))
  const [code, reason] = (await closed) as [number, Buffer]
  t.same([code, reason.toString()], [4002, 'too'])
  t.equal(socket.readyState, RelayWebSocket.CLOSED)
})

test('1005 and 1006 are told but never sent (RFC 6455 7.4.1)', async (t) => {
  const empty = await pair(t)
  const closed = once(empty.socket, 'close')
  empty.relay.socket.write(serverFrame(CLOSE))
  const frames = await empty.relay.until((all) => all.length === 1)
  t.equal(frames[0]?.payload.length, 0)
  empty.relay.socket.end()
  t.equal((await closed)[0], 1005)
  const cut = await pair(t)
  const lost = once(cut.socket, 'close')
  cut.relay.socket.end()
  t.equal((await lost)[0], 1006)
  for (const code of [1004, 1005, 1006, 1015, 999, 5000, 2000]) {
    t.throws(() => cut.socket.close(code), { name: 'RangeError' }, String(code))
  }
})

test('a message that is too long, or a text that is none, closes with 1009 or 1007', async (t) => {
  const cases = [
    { frame: serverFrame(BINARY, Buffer.alloc(1_001)), code: 1009 },
    { frame: serverFrame(TEXT, Buffer.from([0xff])), code: 1007 },
  ]
  for (const { frame, code } of cases) {
    const { socket, relay } = await pair(t)
    socket.on('message', () => t.fail('it was delivered'))
    relay.socket.write(frame)
    const frames = await relay.until((all) => all.length === 1)
    t.equal(frames[0]?.payload.readUInt16BE(0), code)
  }
})

test('terminate cuts the connection', async (t) => {
  const { socket, relay } = await pair(t)
  const closed = once(socket, 'close')
  socket.terminate()
  t.equal((await closed)[0], 1006)
  t.same(relay.frames(), [])
})
