import { test } from 'tap'
import { FIN, FrameHeader, OPCODE, controlFrame, frameHeader } from './frame-header.ts'
import { clientFrame } from './testing/reference-frames.ts'

const MASK = [0x12, 0x9a, 0x04, 0xfe]
const KEY = 0xfe049a12 | 0
/** Both sides of every change of the header's form. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]

for (const length of LENGTHS) {
  test(`the header of a frame of ${length} bytes is read wherever the chunk is cut`, async (t) => {
    const frame = clientFrame(OPCODE.binary, Buffer.alloc(length), { mask: MASK })
    const size = frame.length - length
    for (let cut = 0; cut <= size; cut++) {
      const header = new FrameHeader()
      const first = header.read(frame.subarray(0, cut), 0)
      if (cut < size) {
        t.equal(first, -1)
        t.equal(header.isPartial, cut > 0)
        t.equal(header.read(frame.subarray(cut), 0), size - cut)
      } else t.equal(first, size)
      t.equal(header.isPartial, false)
      t.match(header, {
        firstByte: FIN | OPCODE.binary,
        opcode: OPCODE.binary,
        isFinal: true,
        isMasked: true,
        maskKey: KEY,
        payloadLength: length,
        isShortest: true,
      })
    }
  })

  test(`the header written for ${length} bytes is the one a server sends`, async (t) => {
    const masked = clientFrame(OPCODE.text, Buffer.alloc(length), { fin: false })
    const size = masked.length - length - 4
    const expected = Buffer.from(masked.subarray(0, size))
    expected[1]! &= 0x7f
    t.strictSame(frameHeader(OPCODE.text, length), expected)
  })
}

test('one byte at a time gives the same header', async (t) => {
  const frame = clientFrame(OPCODE.ping, Buffer.alloc(70_000), { fin: false })
  const header = new FrameHeader()
  for (let i = 0; i < 13; i++) t.equal(header.read(frame.subarray(i, i + 1), 0), -1)
  t.equal(header.read(frame.subarray(13, 14), 0), 1)
  t.match(header, { opcode: OPCODE.ping, isFinal: false, payloadLength: 70_000 })
})

test('a length of 2^53 or more is no safe integer', async (t) => {
  const header = new FrameHeader()
  const head = (high: number[]) => Buffer.from([0x82, 0xff, ...high, 0, 0, 0, 0, 1, 2, 3, 4])
  header.read(head([0, 0x1f, 0xff, 0xff]), 0)
  t.equal(header.payloadLength, 2 ** 53 - 2 ** 32)
  for (const high of [
    [0, 0x20, 0, 0],
    [0x80, 0, 0, 0],
  ]) {
    header.read(head(high), 0)
    t.notOk(Number.isSafeInteger(header.payloadLength))
  }
})

test('a length that is not in its shortest form is noticed, RFC 6455 5.2', async (t) => {
  const header = new FrameHeader()
  for (const bytes of [
    [0x82, 0xfe, 0, 125],
    [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
  ]) {
    header.read(Buffer.from([...bytes, 1, 2, 3, 4]), 0)
    t.equal(header.isShortest, false)
  }
})

test('an unmasked header has no key', async (t) => {
  const header = new FrameHeader()
  t.equal(header.read(Buffer.from([0x81, 2, 65, 66]), 0), 2)
  t.match(header, { isMasked: false, maskKey: 0, payloadLength: 2 })
})

test('a control frame is its header and its payload', async (t) => {
  t.strictSame(controlFrame(OPCODE.pong, Buffer.from('ok')), Buffer.from([0x8a, 2, 111, 107]))
})
