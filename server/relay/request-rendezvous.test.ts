import { Duplex } from 'node:stream'
import { test } from 'tap'
import { RequestRendezvous } from './request-rendezvous.ts'
import {
  type Frame,
  FrameParser,
  clientFrame,
} from '../../protocol/websocket/testing/reference-frames.ts'

/** The relay's side of a listener's socket, and what the test plays of the listener. */
function setUp() {
  const wire = new FrameParser()
  const socket = new Duplex({
    allowHalfOpen: true,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      wire.push(chunk)
      done()
    },
  })
  const heard: string[] = []
  const sink = {
    wants: true,
    head: ({ requestId }: { requestId: string }) => {
      heard.push(`head ${requestId}`)
      return requestId === 'r'
    },
    part(bytes: Uint8Array) {
      heard.push(`part ${bytes.length}`)
      return sink.wants
    },
    end: () => void heard.push('end'),
    failed: (text: string) => void heard.push(`failed ${text}`),
  }
  const rendezvous = new RequestRendezvous(socket, () => heard.push('closed'))
  const listen = async (...frames: readonly Buffer[]) => {
    socket.push(Buffer.concat(frames))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const closeOf = ({ opcode, payload }: Frame) =>
    opcode === 8 && payload.length >= 2
      ? `${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`
      : `opcode ${opcode}`
  return { wire, socket, sink, heard, rendezvous, listen, closeOf }
}

const text = (value: object | string) =>
  clientFrame(1, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
const binary = (bytes: string, fin = true, opcode = 2) =>
  clientFrame(opcode, Buffer.from(bytes), { fin })
const close = (code: number) => clientFrame(8, Buffer.from([code >> 8, code & 0xff]))
const response = (requestId = 'r', body = true) =>
  text({ response: { requestId, statusCode: 200, body } })

test('a request goes out as a text and one binary message, whatever its pieces', async (t) => {
  const { wire, rendezvous, sink } = setUp()
  rendezvous.expect(sink)
  rendezvous.sendText('{"request":{}}')
  await rendezvous.sendPart(Buffer.from('one'), false)
  await rendezvous.sendPart(Buffer.from('two'), false)
  t.notOk(rendezvous.isIdle)
  await rendezvous.sendPart(Buffer.alloc(0), true)
  const frames = [await wire.frame(), await wire.frame(), await wire.frame(), await wire.frame()]
  t.strictSame(
    frames.map(({ opcode, fin, masked, payload }) => [opcode, fin, masked, payload.toString()]),
    [
      [1, true, false, '{"request":{}}'],
      [2, false, false, 'one'],
      [0, false, false, 'two'],
      [0, true, false, ''],
    ],
  )
})

// Source: relay-protocol 5.4; Jetty takes no longer frame, and bodies of 64 KiB and 1 byte reach it (java:
// T:SendReceiveTest, httpLargePOSTAndSmallResponseTest).
test('no frame of a body is longer than 64 KiB', async (t) => {
  const { wire, rendezvous, sink } = setUp()
  rendezvous.expect(sink)
  await rendezvous.sendPart(Buffer.alloc(65_537), false)
  t.ok(rendezvous.isMidRequest)
  await rendezvous.sendPart(Buffer.alloc(131_072), true)
  t.notOk(rendezvous.isMidRequest)
  const frames = [await wire.frame(), await wire.frame(), await wire.frame(), await wire.frame()]
  t.strictSame(
    frames.map(({ opcode, fin, payload }) => [opcode, fin, payload.length]),
    [
      [2, false, 65_536],
      [0, false, 1],
      [0, false, 65_536],
      [0, true, 65_536],
    ],
  )
  t.equal(wire.pending, 0)
})

test('an answer comes in pieces, and the next request finds it idle', async (t) => {
  const { rendezvous, sink, heard, listen } = setUp()
  rendezvous.expect(sink)
  await listen(response(), binary('ab', false), binary('c', true, 0))
  t.strictSame(heard, ['head r', 'part 2', 'part 1', 'end'])
  t.ok(rendezvous.isIdle)
  // What hyco-https sends behind an answer without a body.
  rendezvous.expect(sink)
  await listen(response('r', false), binary(''))
  t.strictSame(heard.slice(4), ['head r', 'end'])
  t.ok(rendezvous.isIdle)
})

test('a pause asked for by the last piece does not outlast the answer', async (t) => {
  const { rendezvous, sink, heard, listen, socket } = setUp()
  sink.wants = false
  rendezvous.expect(sink)
  await listen(response(), binary('all'))
  t.notOk(socket.isPaused())
  rendezvous.expect(sink)
  await listen(response('r', false))
  t.strictSame(heard.slice(3), ['head r', 'end'])
})

test('a pause holds the listener back until it is taken away', async (t) => {
  const { rendezvous, sink, heard, listen, socket } = setUp()
  sink.wants = false
  rendezvous.expect(sink)
  await listen(response(), binary('a', false))
  t.ok(socket.isPaused())
  await listen(binary('b', false, 0))
  t.equal(heard.length, 2)
  rendezvous.resume()
  await listen()
  t.equal(heard.length, 3)
})

test('Close 1000 inside a body ends it, another code breaks it off, relay-protocol 5.6', async (t) => {
  const java = setUp()
  java.rendezvous.expect(java.sink)
  await java.listen(response(), binary('a', false), close(1000))
  t.strictSame(java.heard, ['head r', 'part 1', 'end', 'closed'])
  t.equal(java.closeOf(await java.wire.frame()), '1000 ')
  const broken = setUp()
  broken.rendezvous.expect(broken.sink)
  await broken.listen(response(), binary('a', false), close(1001))
  t.match(broken.heard.at(-1), /^failed Premature shutdown/)
  t.match(broken.closeOf(await broken.wire.frame()), /^1002 Premature shutdown/)
})

test('a listener that closes instead of reading the next request is told apart', async (t) => {
  const { rendezvous, sink, heard, listen } = setUp()
  rendezvous.expect(sink)
  await listen(response('r', false))
  rendezvous.expect(sink, () => heard.push('unread'))
  await listen(close(1000))
  t.strictSame(heard.slice(2), ['unread', 'closed'])
  const first = setUp()
  first.rendezvous.expect(first.sink)
  await first.listen(close(1000))
  t.match(first.heard.at(-1), /^failed Premature/, 'of its first request it has no excuse')
})

test('what was written is read when the listener answers a Ping, answers the request or is gone', async (t) => {
  const { rendezvous, sink, heard, listen, wire } = setUp()
  rendezvous.expect(sink, () => heard.push('unread'))
  let read = rendezvous.untilRead().then(() => heard.push('read'))
  const ping = await wire.frame()
  t.equal(ping.opcode, 9)
  await listen(clientFrame(10, Buffer.from('of its own')))
  t.strictSame(heard, [])
  await listen(clientFrame(10, ping.payload))
  await read
  t.strictSame(heard, ['read'])
  // A Close that was under way comes before the Pong.
  read = rendezvous.untilRead().then(() => heard.push('read'))
  await listen(close(1000), clientFrame(10, ping.payload))
  await read
  t.strictSame(heard, ['read', 'unread', 'closed', 'read'])
  const answering = setUp()
  answering.rendezvous.expect(answering.sink)
  const begun = answering.rendezvous.untilRead()
  await answering.listen(response())
  await t.resolves(begun)
  await t.resolves(answering.rendezvous.untilRead(), 'a listener that answers is not asked')
  const lost = setUp()
  lost.rendezvous.expect(lost.sink)
  const gone = lost.rendezvous.untilRead()
  lost.socket.destroy()
  await t.resolves(gone)
})

test('an answer to another request is skipped with its body', async (t) => {
  const { rendezvous, sink, heard, listen } = setUp()
  rendezvous.expect(sink)
  await listen(response('other'), binary('unheard'), response(), binary('own'))
  t.strictSame(heard, ['head other', 'head r', 'part 3', 'end'])
})

test('pings are answered, between the frames of a body too', async (t) => {
  const { rendezvous, sink, wire, listen } = setUp()
  rendezvous.expect(sink)
  await rendezvous.sendPart(Buffer.from('a'), false)
  await listen(clientFrame(9, Buffer.from('p')))
  await wire.frame()
  const pong = await wire.frame()
  t.strictSame([pong.opcode, pong.payload.toString()], [10, 'p'])
})

test('a socket that is lost fails the request at hand, and only that', async (t) => {
  const { rendezvous, sink, heard, socket } = setUp()
  rendezvous.expect(sink)
  socket.destroy()
  await new Promise((resolve) => socket.once('close', resolve))
  t.equal(heard[0], 'closed')
  t.match(heard[1], /^failed Premature/)
  t.equal(heard.length, 2)
  await rendezvous.sendPart(Buffer.from('nowhere'), false)
  t.notOk(rendezvous.isIdle)
})

test('what a request left behind does not reach the next one', async (t) => {
  const { rendezvous, sink, heard, wire, closeOf, listen } = setUp()
  rendezvous.expect(sink)
  await listen(response())
  rendezvous.abandon(1001, 'The sender closed its connection.')
  await listen(binary('late'))
  t.strictSame(heard, ['head r', 'closed'])
  t.equal(closeOf(await wire.frame()), '1001 The sender closed its connection.')
})
