import { test } from 'tap'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { MAX_JETTY_FRAME_BYTES } from '../../protocol/limits.ts'
import { type FrameSink, FrameStream } from './frame-stream.ts'
import {
  type Frame,
  FrameParser,
  clientFrame,
} from '../../protocol/websocket/testing/reference-frames.ts'
import { Random } from '../../protocol/websocket/testing/random.ts'

/** What a stream handed on: data parsed again by the slow parser, control frames as they came. */
class Recorder {
  readonly log: string[] = []
  readonly parser = new FrameParser()
  readonly stream: FrameStream

  constructor(longestFrame = Infinity) {
    const sink: FrameSink = {
      room: (length) => Buffer.alloc(length),
      data: (bytes) => {
        this.parser.push(bytes)
        this.log.push(`data ${bytes.length}`)
      },
      control: (opcode, payload) => void this.log.push(`control ${opcode} ${payload.toString()}`),
      boundary: () => void this.log.push('boundary'),
      violation: (reason) => void this.log.push(`violation ${reason}`),
    }
    this.stream = new FrameStream(sink, undefined, longestFrame)
  }

  push(...parts: Uint8Array[]): this {
    for (const part of parts) this.stream.push(Buffer.from(part))
    return this
  }
}

test('frames lose their mask and nothing else', async (t) => {
  const recorder = new Recorder().push(
    clientFrame(OPCODE.text, Buffer.from('a'), { fin: false }),
    clientFrame(OPCODE.continuation, Buffer.alloc(0), { fin: false }),
    clientFrame(OPCODE.continuation, Buffer.alloc(70_000, 'b')),
  )
  const frames = [
    await recorder.parser.frame(),
    await recorder.parser.frame(),
    await recorder.parser.frame(),
  ]
  t.match(frames, [
    { opcode: OPCODE.text, fin: false, masked: false, rsv: 0 },
    { opcode: OPCODE.continuation, fin: false, masked: false },
    { opcode: OPCODE.continuation, fin: true, masked: false },
  ] satisfies Partial<Frame>[])
  t.equal(Buffer.concat(frames.map(({ payload }) => payload)).toString(), `a${'b'.repeat(70_000)}`)
  t.equal(recorder.stream.payloadBytes, 70_001)
})

// From one Java client to another messages of 64 KiB and 1 byte pass through Azure. Source: java: T:SendReceiveTest
// (websocketLargeSendLargeResponseTest).
for (const [size, fin, pieces] of [
  [65_536, true, [65_536]],
  [65_537, true, [65_536, 1]],
  [65_537, false, [65_536, 1]],
  [131_072, true, [65_536, 65_536]],
  [300_000, true, [65_536, 65_536, 65_536, 65_536, 37_856]],
] as const) {
  test(`a frame of ${size} bytes, FIN ${fin}, goes on in pieces that Jetty takes`, async (t) => {
    const random = new Random(size)
    const payload = random.bytes(size)
    const frame = clientFrame(OPCODE.binary, payload, { fin, mask: [1, 2, 3, 4] })
    for (const cut of [1_000, 65_550, 131_072]) {
      const recorder = new Recorder(MAX_JETTY_FRAME_BYTES).push(...random.cut(frame, cut))
      const frames: Frame[] = []
      while (frames.length < pieces.length) frames.push(await recorder.parser.frame())
      t.strictSame(
        frames.map((piece) => [piece.opcode, piece.fin, piece.payload.length]),
        pieces.map((length, i) => [
          i === 0 ? OPCODE.binary : OPCODE.continuation,
          fin && i === pieces.length - 1,
          length,
        ]),
      )
      t.ok(Buffer.concat(frames.map((piece) => piece.payload)).equals(payload))
      t.equal(recorder.parser.pending, 0)
      t.equal(recorder.stream.dataFrames, 1)
      t.equal(recorder.stream.payloadBytes, size)
      t.ok(recorder.stream.isAtBoundary)
    }
  })
}

test('between the pieces of a frame there is no boundary', async (t) => {
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(65_537))
  const recorder = new Recorder(MAX_JETTY_FRAME_BYTES).push(frame.subarray(0, -1))
  t.notOk(recorder.stream.isAtBoundary)
  t.ok(recorder.stream.isMidFrame)
  recorder.stream.notifyBoundary()
  recorder.stream.stop()
  recorder.push(frame.subarray(-1), frame)
  t.strictSame(recorder.log, ['data 65546', 'data 3', 'boundary'])
})

test('whole frames of one chunk are handed on in one piece', async (t) => {
  const frame = clientFrame(OPCODE.binary, Buffer.from('12345'))
  const recorder = new Recorder().push(Buffer.concat([frame, frame, frame]))
  t.strictSame(recorder.log, ['data 21'])
})

test('a control frame between fragments comes whole and in its place', async (t) => {
  const bytes = Buffer.concat([
    clientFrame(OPCODE.text, Buffer.from('one'), { fin: false }),
    clientFrame(OPCODE.ping, Buffer.from('ping')),
    clientFrame(OPCODE.continuation, Buffer.from('two')),
  ])
  t.strictSame(new Recorder().push(bytes).log, ['data 5', 'control 9 ping', 'data 5'])
  const oneByOne = new Recorder().push(...[...bytes].map((byte) => Buffer.from([byte])))
  t.ok(oneByOne.log.includes('control 9 ping'))
  t.equal(oneByOne.log.filter((line) => line.startsWith('control')).length, 1)
})

const VIOLATIONS: [string, Buffer][] = [
  ['not masked', Buffer.from([0x82, 1, 65])],
  ['reserved bit', clientFrame(0x10 | OPCODE.binary, Buffer.from('x'))],
  ['opcode 3', clientFrame(0x3, Buffer.from('x'))],
  ['opcode 11', clientFrame(0xb, Buffer.from('x'))],
  ['control frame is fragmented', clientFrame(OPCODE.close, Buffer.alloc(0), { fin: false })],
  ['longer than 125', clientFrame(OPCODE.pong, Buffer.alloc(126))],
  ['continuation has no message', clientFrame(OPCODE.continuation, Buffer.alloc(0))],
  ['longer than 2^53', Buffer.from([0x82, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
  ['shortest form', Buffer.from([0x82, 0xfe, 0, 3, 0, 0, 0, 0, 65, 66, 67])],
  ['shortest form', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 65])],
]
for (const [reason, bytes] of VIOLATIONS) {
  test(`what came before a fault is handed on, and nothing after it: ${reason}`, async (t) => {
    const before = clientFrame(OPCODE.binary, Buffer.from('ok'))
    const recorder = new Recorder().push(Buffer.concat([before, bytes, before]), before)
    t.equal(recorder.log.length, 2)
    t.equal(recorder.log[0], 'data 4')
    t.match(recorder.log[1], /^violation /)
    t.ok(recorder.log[1]?.includes(reason))
    t.ok(recorder.stream.isAtBoundary)
    t.notOk(recorder.stream.isMidFrame)
  })
}

test('a message inside a message is a fault', async (t) => {
  const part = clientFrame(OPCODE.text, Buffer.from('x'), { fin: false })
  t.match(new Recorder().push(part, part).log, ['data 3', /inside another/])
})

test('a boundary is told once, behind the frame that was under way', async (t) => {
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(100))
  const recorder = new Recorder().push(frame.subarray(0, 50))
  t.notOk(recorder.stream.isAtBoundary)
  t.ok(recorder.stream.isMidFrame)
  recorder.stream.notifyBoundary()
  recorder.push(Buffer.concat([frame.subarray(50), frame, frame]))
  t.strictSame(recorder.log, ['data 46', 'data 56', 'boundary', 'data 204'])
})

test('a stop in the middle of a frame lets its rest pass', async (t) => {
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(100))
  const recorder = new Recorder().push(frame.subarray(0, 50))
  recorder.stream.stop()
  recorder.push(Buffer.concat([frame.subarray(50), frame]), frame)
  t.strictSame(recorder.log, ['data 46', 'data 56'])
})

test('a stop inside a control frame drops it', async (t) => {
  const recorder = new Recorder().push(clientFrame(OPCODE.ping, Buffer.from('ping')).subarray(0, 8))
  t.ok(recorder.stream.isAtBoundary)
  t.ok(recorder.stream.isMidFrame)
  recorder.stream.stop()
  recorder.push(Buffer.from('xx'))
  t.strictSame(recorder.log, [])
})

test('a header cut by the end of a chunk counts as the middle of a frame', async (t) => {
  const recorder = new Recorder().push(clientFrame(OPCODE.binary, Buffer.alloc(200)).subarray(0, 5))
  t.ok(recorder.stream.isMidFrame)
  t.ok(recorder.stream.isAtBoundary, 'nothing of it was handed on')
})

test('any cut gives the same bytes', async (t) => {
  const random = new Random(3)
  for (let round = 0; round < 300; round++) {
    const payload = random.bytes(random.of([0, 1, 3, 124, 125, 126, 127, 600]))
    const mask = [...random.bytes(4)]
    const bytes = Buffer.concat([
      clientFrame(OPCODE.binary, payload, { mask, fin: false }),
      clientFrame(OPCODE.pong, Buffer.from('p'), { mask }),
      clientFrame(OPCODE.continuation, payload, { mask }),
    ])
    const recorder = new Recorder().push(...random.cut(bytes, random.of([1, 2, 7, 40, 2000])))
    t.ok((await recorder.parser.frame()).payload.equals(payload))
    t.ok((await recorder.parser.frame()).payload.equals(payload))
    t.equal(recorder.parser.pending, 0)
  }
})
