import { PassThrough, Writable } from 'node:stream'
import { test } from 'tap'
import { ControlWriter } from './control-writer.ts'
import { MessageReader } from './message-reader.ts'

/** Masks with zeros, as a client would: the relay's own reader takes it then. */
function asClient(frames: Buffer): Buffer {
  const masked: Buffer[] = []
  for (let at = 0; at < frames.length;) {
    const short = frames[at + 1] ?? 0
    const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
    const size =
      short < 126
        ? short
        : frames.readUIntBE(at + headerBytes - (short === 126 ? 2 : 6), short === 126 ? 2 : 6)
    const header = Buffer.from(frames.subarray(at, at + headerBytes))
    header[1] = short | 0x80
    masked.push(header, Buffer.alloc(4), frames.subarray(at + headerBytes, at + headerBytes + size))
    at += headerBytes + size
  }
  return Buffer.concat(masked)
}

test('commands and their bodies come out as messages', async (t) => {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const writer = new ControlWriter(stream)
  const [short, long] = ['{"a":"é"}', 'x'.repeat(70_000)]
  writer.write(short)
  writer.write('y'.repeat(200), Buffer.from('body'))
  writer.write(long)
  for (let i = 0; i < 4; i++) writer.write('z')
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const heard: string[] = []
  const reader = new MessageReader({
    text: (message) => void heard.push(message),
    binaryPart: (bytes) => void heard.push(`binary ${Buffer.from(bytes).toString()}`),
    binaryEnd: () => void heard.push('end'),
    ping: () => {},
    close: () => {},
    violation: (reason) => t.fail(reason),
  })
  reader.push(asClient(Buffer.concat(chunks)))
  t.strictSame(heard, [short, 'y'.repeat(200), 'binary body', 'end', long, 'z', 'z', 'z', 'z'])
})

test('a command and its body are one write, and a command alone is not collected', async (t) => {
  const writes: number[] = []
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      writes.push(1)
      done()
    },
    writev(chunks, done) {
      writes.push(chunks.length)
      done()
    },
  })
  const writer = new ControlWriter(stream)
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  writer.write('alone')
  t.strictSame(writes.splice(0), [1])
  await turn()
  writer.write('with', Buffer.from('body'))
  t.strictSame(writes.splice(0), [3])
  await turn()
  writer.write('first of several')
  writer.write('second', Buffer.from('body'))
  writer.write('third')
  await turn()
  t.strictSame(writes, [1, 4])
})
