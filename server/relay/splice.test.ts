import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test, type Test } from 'tap'
import { SocketReader } from './socket-reader.ts'
import { SpliceMemory } from './splice-memory.ts'
import { Splice, closePayload, type SpliceEnd } from './splice.ts'
import { type Link, tcpLinker } from './testing/links.ts'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { FrameParser, clientFrame } from '../../protocol/websocket/testing/reference-frames.ts'

type Peer = { socket: Socket; parser: FrameParser; closed: Promise<unknown> }
type Pair = {
  sender: Peer
  listener: Peer
  splice: Splice
  ends: SpliceEnd[]
  closed: Promise<void>
}

/** Two real connections, their server sides joined by a splice. */
async function joined(t: Test, options: { halfCloseTimeoutMs?: number } = {}): Promise<Pair> {
  const linker = await tcpLinker()
  const sender = await linker.link()
  const listener = await linker.link()
  linker.close()
  const memory = new SpliceMemory()
  const ends: SpliceEnd[] = []
  let splice!: Splice
  const closed = new Promise<void>((resolve) => {
    const reader = ({ relay }: Link) => new SocketReader(relay, memory)
    splice = new Splice(reader(sender), reader(listener), {
      memory,
      halfCloseTimeoutMs: options.halfCloseTimeoutMs ?? 0,
      onClosing: (end) => ends.push(end),
      onClosed: resolve,
    })
  })
  t.teardown(() => {
    sender.peer.destroy()
    listener.peer.destroy()
  })
  return { sender: peer(sender.peer), listener: peer(listener.peer), splice, ends, closed }
}

function peer(socket: Socket): Peer {
  const parser = new FrameParser()
  socket.on('data', (chunk: Buffer) => parser.push(chunk))
  socket.on('error', () => {})
  return { socket, parser, closed: once(socket, 'close') }
}

test('a message passes with its fragments, opcode and bytes', async (t) => {
  const { sender, listener } = await joined(t)
  sender.socket.write(clientFrame(OPCODE.text, Buffer.from('hello '), { fin: false }))
  sender.socket.write(clientFrame(OPCODE.continuation, Buffer.from('world')))
  const first = await listener.parser.frame()
  const second = await listener.parser.frame()
  t.match(first, { opcode: OPCODE.text, fin: false, masked: false })
  t.equal(first.payload.toString(), 'hello ')
  t.match(second, { opcode: OPCODE.continuation, fin: true })
  t.equal(second.payload.toString(), 'world')
})

test('one frame of 70 MiB arrives whole', async (t) => {
  const { sender, listener, splice } = await joined(t)
  const payload = Buffer.alloc(70 * 1024 * 1024, 'relay')
  sender.socket.write(clientFrame(OPCODE.binary, payload))
  const frame = await listener.parser.frame()
  t.ok(frame.payload.equals(payload))
  t.equal(splice.bytesToListener, payload.length)
})

test('66,000 fragments of one byte arrive as 66,000 fragments', async (t) => {
  const { sender, listener } = await joined(t)
  const count = 66_000
  for (let i = 0; i < count; i++) {
    const opcode = i === 0 ? OPCODE.binary : OPCODE.continuation
    sender.socket.write(clientFrame(opcode, Buffer.from([i & 0xff]), { fin: i === count - 1 }))
  }
  for (let i = 0; i < count; i++) {
    const frame = await listener.parser.frame()
    if (frame.payload[0] !== (i & 0xff) || frame.fin !== (i === count - 1)) t.fail(`fragment ${i}`)
  }
})

test('a ping is answered on its own leg and not forwarded, relay-protocol 4.7.3', async (t) => {
  const { sender, listener } = await joined(t)
  sender.socket.write(clientFrame(OPCODE.ping, Buffer.from('are you there')))
  sender.socket.write(clientFrame(OPCODE.pong, Buffer.from('unasked')))
  const pong = await sender.parser.frame()
  t.match(pong, { opcode: OPCODE.pong, fin: true })
  t.equal(pong.payload.toString(), 'are you there')
  sender.socket.write(clientFrame(OPCODE.binary, Buffer.from('data')))
  t.equal((await listener.parser.frame()).opcode, OPCODE.binary)
})

test('a pong waits while the other side is in the middle of a frame', async (t) => {
  const { sender, listener } = await joined(t)
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(1000, 7))
  listener.socket.write(frame.subarray(0, 500))
  await sender.parser.bytes(400)
  sender.socket.write(clientFrame(OPCODE.ping, Buffer.from('p')))
  sender.socket.write(clientFrame(OPCODE.binary, Buffer.from('after')))
  await listener.parser.frame()
  listener.socket.write(frame.subarray(500))
  t.match(await sender.parser.frame(), { opcode: OPCODE.binary })
  t.match(await sender.parser.frame(), { opcode: OPCODE.pong })
})

test('after one Close the other side goes on sending, relay-protocol 4.7.4', async (t) => {
  const { sender, listener, ends, closed } = await joined(t)
  sender.socket.write(clientFrame(OPCODE.close, closePayload(1000, 'Shutdown')))
  const close = await listener.parser.frame()
  t.match(close, { opcode: OPCODE.close })
  t.equal(close.payload.readUInt16BE(0), 1000)
  t.equal(close.payload.toString('utf8', 2), 'Shutdown')
  listener.socket.write(clientFrame(OPCODE.binary, Buffer.from('still here')))
  t.equal((await sender.parser.frame()).payload.toString(), 'still here')
  listener.socket.write(clientFrame(OPCODE.close, Buffer.alloc(0)))
  const answer = await sender.parser.frame()
  t.equal(answer.opcode, OPCODE.close)
  t.equal(answer.payload.length, 0)
  await Promise.all([once(sender.socket, 'end'), once(listener.socket, 'end')])
  sender.socket.end()
  listener.socket.end()
  await closed
  t.strictSame(ends, [{ by: 'sender', means: 'close', code: 1000, reason: 'Shutdown' }])
})

test('a reset cuts the other side without a Close frame, relay-protocol 4.7.6', async (t) => {
  const { sender, listener, ends, closed } = await joined(t)
  sender.socket.write(clientFrame(OPCODE.binary, Buffer.from('x')))
  await listener.parser.frame()
  listener.socket.resetAndDestroy()
  await Promise.all([sender.closed, closed])
  t.equal(sender.parser.pending, 0, 'no frame came')
  t.match(ends, [{ by: 'listener', means: 'reset' }])
})

test('a FIN without Close ends the other side after what is queued, without a Close frame', async (t) => {
  const { sender, listener, ends, closed } = await joined(t)
  const payload = Buffer.alloc(3 * 1024 * 1024, 1)
  listener.socket.pause()
  sender.socket.end(clientFrame(OPCODE.binary, payload))
  await once(sender.socket, 'finish')
  listener.socket.resume()
  const frame = await listener.parser.frame()
  t.ok(frame.payload.equals(payload))
  await once(listener.socket, 'end')
  t.equal(listener.parser.pending, 0)
  listener.socket.end()
  await closed
  t.match(ends, [{ by: 'sender', means: 'fin', code: null }])
})

test('whoever leaves without a word takes the other side along, who keeps its own side open', async (t) => {
  // Time stands still: nothing is cut for having lingered.
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const { sender, listener, ends, closed } = await joined(t)
  listener.socket.allowHalfOpen = true
  sender.socket.destroy()
  await Promise.all([once(listener.socket, 'end'), closed])
  t.equal(listener.parser.pending, 0, 'no frame came')
  t.match(ends, [{ by: 'sender', means: 'fin', code: null }])
})

test('a FIN in the middle of a frame cuts the other side', async (t) => {
  const { sender, listener, closed } = await joined(t)
  sender.socket.end(clientFrame(OPCODE.binary, Buffer.alloc(1000)).subarray(0, 100))
  await Promise.all([listener.closed, closed])
  t.pass('cut')
})

const VIOLATIONS: Array<[string, Buffer]> = [
  ['an unmasked frame', Buffer.from([0x82, 1, 65])],
  ['a reserved bit', clientFrame(0x40 | OPCODE.binary, Buffer.from('x'))],
  ['an unknown opcode', clientFrame(0x3, Buffer.from('x'))],
  ['a fragmented control frame', clientFrame(OPCODE.ping, Buffer.from('x'), { fin: false })],
  ['a control frame of 126 bytes', clientFrame(OPCODE.ping, Buffer.alloc(126))],
  ['a continuation without a message', clientFrame(OPCODE.continuation, Buffer.from('x'))],
  ['a frame of 2^63 bytes', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
  ['a Close frame of one byte', clientFrame(OPCODE.close, Buffer.from([3]))],
  ['a Close frame with 1006', clientFrame(OPCODE.close, closePayload(1006, ''))],
]
for (const [name, bytes] of VIOLATIONS) {
  test(`${name} closes the offender with 1002 and the other side with 1011`, async (t) => {
    const { sender, listener, closed } = await joined(t)
    sender.socket.write(clientFrame(OPCODE.binary, Buffer.from('before')))
    sender.socket.write(bytes)
    const own = await sender.parser.frame()
    t.equal((await listener.parser.frame()).payload.toString(), 'before')
    const others = await listener.parser.frame()
    t.equal(own.opcode, OPCODE.close)
    t.equal(own.payload.readUInt16BE(0), 1002)
    t.equal(others.opcode, OPCODE.close)
    t.equal(others.payload.readUInt16BE(0), 1011)
    sender.socket.end()
    listener.socket.end()
    await closed
  })
}

test('a Close of the relay waits for the end of a frame and reaches both sides', async (t) => {
  const { sender, listener, splice, ends, closed } = await joined(t)
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(1000, 7))
  listener.socket.write(frame.subarray(0, 500))
  await sender.parser.bytes(400)
  splice.close(1001, 'gone')
  t.equal((await listener.parser.frame()).payload.readUInt16BE(0), 1001)
  listener.socket.write(frame.subarray(500))
  t.equal((await sender.parser.frame()).payload.length, 1000)
  t.equal((await sender.parser.frame()).payload.toString('utf8', 2), 'gone')
  sender.socket.end()
  listener.socket.end()
  await closed
  t.match(ends, [{ by: 'relay', means: 'close', code: 1001 }])
})

test('a reader that stalls stops the writer, and gets everything later', async (t) => {
  const { sender, listener } = await joined(t)
  listener.socket.pause()
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(64 * 1024, 3))
  const total = 512
  let sent = 0
  while (sent < total && sender.socket.writableLength < 1024 * 1024) {
    sender.socket.write(frame)
    sent++
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  t.ok(sent < total, 'the writer was held back')
  listener.socket.resume()
  for (let i = 0; i < sent; i++) await listener.parser.frame()
})

test('a half-closed pair is cut after the configured time', async (t) => {
  const { sender, listener, closed } = await joined(t, { halfCloseTimeoutMs: 20 })
  sender.socket.write(clientFrame(OPCODE.close, closePayload(1000, '')))
  await Promise.all([closed, listener.closed])
  t.pass('cut')
})
