import { once } from 'node:events'
import { type Test, test } from 'tap'
import { Dialer } from './dialer.ts'
import { HybridStream } from './hybrid-stream.ts'
import { type RawConnection, startRawRelay } from './testing/raw-relay.ts'
import {
  BINARY,
  CLOSE,
  PING,
  TEXT,
  closePayload,
  readClientFrames,
  serverFrame,
} from './testing/server-frames.ts'

const INFO = { id: 'i', url: '/x', protocol: '', headers: [], remoteEndpoint: undefined }

/** A stream and the relay's side of it. */
async function pair(t: Test): Promise<{ stream: HybridStream; relay: RawConnection }> {
  const server = await startRawRelay(t)
  const dialer = new Dialer({ isPlainAllowed: true })
  const { frames } = await dialer.dial(server.url, { timeoutMs: 5_000 })
  const stream = new HybridStream(frames, INFO)
  t.teardown(() => stream.destroy())
  return { stream, relay: await server.next() }
}

async function textOf(stream: HybridStream): Promise<string> {
  // Not `for await`: it destroys a stream whose readable side has ended.
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(stream, 'end')
  return text
}

const isClosed = (frames: readonly { firstByte: number }[]) =>
  frames.some(({ firstByte }) => firstByte === CLOSE)

test('end() closes one direction with 1000, and the answer still comes (relay-protocol 4.7)', async (t) => {
  const { stream, relay } = await pair(t)
  stream.end('question')
  const frames = await relay.until(isClosed)
  t.equal(frames[0]?.payload.toString(), 'question')
  t.ok(frames[1]?.payload.equals(closePayload(1000)))
  relay.socket.write(serverFrame(BINARY, 'ans'))
  relay.socket.write(
    Buffer.concat([serverFrame(TEXT, 'wer'), serverFrame(CLOSE, closePayload(1000))]),
  )
  t.equal(await textOf(stream), 'answer')
})

test('a Close of the other side ends reading and leaves writing open', async (t) => {
  const { stream, relay } = await pair(t)
  relay.socket.write(serverFrame(CLOSE, ''))
  t.equal(await textOf(stream), '')
  t.equal(stream.writable, true)
  const closed = once(stream, 'close')
  stream.end('late')
  const frames = await relay.until(isClosed)
  t.equal(frames[0]?.payload.toString(), 'late')
  relay.socket.end()
  await closed
  t.equal(stream.errored, null)
})

test('an end without a Close, a violation, and a Close with another code are errors', async (t) => {
  const endings: [string, (relay: RawConnection) => void, { code: string }][] = [
    ['FIN', ({ socket }) => socket.end(), { code: 'RELAY_CONNECTION_LOST' }],
    ['reset', ({ socket }) => socket.resetAndDestroy(), { code: 'RELAY_CONNECTION_LOST' }],
    [
      '1011',
      ({ socket }) => socket.write(serverFrame(CLOSE, closePayload(1011, 'oh'))),
      { code: 'RELAY_CLOSED', closeCode: 1011, reason: 'oh' } as { code: string },
    ],
    ['violation', ({ socket }) => socket.write(serverFrame(0x83)), { code: 'RELAY_PROTOCOL' }],
  ]
  for (const [name, end, expected] of endings) {
    const { stream, relay } = await pair(t)
    end(relay)
    await t.rejects(textOf(stream), expected, name)
    t.equal(stream.destroyed, true)
  }
})

test('destroy cuts the connection without a Close', async (t) => {
  const { stream, relay } = await pair(t)
  const closed = once(relay.socket, 'close')
  stream.destroy(new Error('mine'))
  await closed
  t.same(relay.frames(), [])
})

test('a ping is answered between frames, and a stalled reader does not keep it waiting for ever', async (t) => {
  const { stream, relay } = await pair(t)
  stream.write('data')
  relay.socket.write(serverFrame(PING, 'p'))
  const frames = await relay.until((all) => all.length === 2)
  t.same(
    frames.map(({ payload }) => payload.toString()),
    ['data', 'p'],
  )
})

test('close ends both directions with code and reason, behind what was written (relay-protocol 4.7)', async (t) => {
  const { stream, relay } = await pair(t)
  const closed = once(stream, 'close')
  stream.write('first')
  stream.close(1011, 'db.corp.example:5432 is down')
  const frames = await relay.until(isClosed)
  t.equal(frames[0]?.payload.toString(), 'first')
  t.ok(frames[1]?.payload.equals(closePayload(1011, 'db.corp.example:5432 is down')))
  stream.on('data', () => t.fail('what comes after it is dropped'))
  relay.socket.write(
    Buffer.concat([serverFrame(BINARY, 'late'), serverFrame(CLOSE, closePayload(1011))]),
  )
  await closed
  t.equal(stream.errored, null)
  t.throws(() => stream.close(1006), { name: 'RangeError' })
})

test('close after end() can only cut, for the other side was told that all is well', async (t) => {
  const { stream, relay } = await pair(t)
  stream.end()
  await relay.until(isClosed)
  const cut = once(relay.socket, 'close')
  stream.close(1011, 'too late')
  await cut
  t.equal(relay.frames().length, 1)
})

test('a Close with another code than 1000 is answered before the connection ends', async (t) => {
  const { stream, relay } = await pair(t)
  const ended = new Promise((resolve) => stream.once('close', resolve))
  relay.socket.write(serverFrame(CLOSE, closePayload(1011, 'oh')))
  const frames = await relay.until(isClosed)
  t.ok(frames[0]?.payload.equals(closePayload(1011)))
  relay.socket.end()
  await ended
  t.match(stream.errored, { code: 'RELAY_CLOSED', reason: 'oh' })
})

test('a reader that does not read stops the relay from sending', async (t) => {
  const [stalled, other] = [await pair(t), await pair(t)]
  const total = 32 * 1024 * 1024
  const block = serverFrame(BINARY, Buffer.alloc(65_536))
  for (const { relay } of [stalled, other]) {
    for (let sent = 0; sent < total; sent += 65_536) relay.socket.write(block)
  }
  // As much as the stalled one could have got went over the other, in the same process and at the same time.
  t.equal(await countBytes(other.stream, total), total)
  t.ok(stalled.stream.readableLength < total / 8, `${stalled.stream.readableLength} were taken`)
  t.ok(stalled.relay.socket.writableLength > total / 4, 'the rest waits at the relay')
  t.equal(await countBytes(stalled.stream, total), total, 'and comes when it is read')
})

test('a writer waits until the relay reads, and what waited goes out in few frames', async (t) => {
  const { stream, relay } = await pair(t)
  relay.socket.pause()
  let isFull = false
  for (let i = 0; i < 400 && !isFull; i++) isFull = !stream.write(Buffer.alloc(65_536))
  t.equal(isFull, true)
  const small = 1_000
  for (let i = 0; i < small; i++) stream.write('x')
  stream.end()
  relay.socket.resume()
  await relay.until(() => relay.received().subarray(-8).length === 8 && isWholeEnd(relay))
  const frames = readClientFrames(relay.received())
  const bytes = frames.reduce((total, { payload }) => total + payload.length, 0)
  t.ok(bytes > small)
  t.ok(frames.length < small, `${frames.length} frames`)
})

/** Resolves with what has come when it is `total` bytes or more. */
function countBytes(stream: HybridStream, total: number): Promise<number> {
  let bytes = 0
  return new Promise((resolve) =>
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes >= total) resolve(bytes)
    }),
  )
}

/** True when everything so far is whole frames and the last one is a Close. */
function isWholeEnd(relay: RawConnection): boolean {
  const bytes = relay.received()
  return bytes[bytes.length - 8] === CLOSE && bytes[bytes.length - 7] === 0x82
}
