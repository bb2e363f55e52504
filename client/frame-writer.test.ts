import { test } from 'tap'
import { FrameMemory } from './frame-memory.ts'
import { clientFrame } from './frame-writer.ts'
import { RandomMasker, ZERO_MASKER } from './masking.ts'
import { BINARY, readClientFrames } from './testing/server-frames.ts'

test('frames of every length class carry their parts, masked', async (t) => {
  const masker = new RandomMasker()
  const memory = new FrameMemory()
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const payload = Buffer.alloc(length, 'relay')
    const cut = Math.floor(length / 3)
    const parts = [payload.subarray(0, cut), payload.subarray(cut)]
    const frame = clientFrame(BINARY, parts, masker, memory)
    const [read] = readClientFrames(frame)
    t.equal(read?.firstByte, BINARY)
    t.ok(read?.payload.equals(payload), String(length))
  }
})

test("a zero mask leaves the caller's bytes as they are, still marked as masked", async (t) => {
  const frame = clientFrame(BINARY, [Buffer.from('as it is')], ZERO_MASKER, new FrameMemory())
  t.match(frame.toString('latin1'), /as it is$/)
  t.equal(readClientFrames(frame)[0]?.payload.toString(), 'as it is')
})

test('memory that was given back serves the next frame, and none that is still out', async (t) => {
  const memory = new FrameMemory()
  const write = (text: string) =>
    clientFrame(BINARY, [Buffer.alloc(10_000, text)], ZERO_MASKER, memory)
  const first = write('a')
  const second = write('b')
  t.not(first.buffer, second.buffer)
  memory.giveBack(first)
  t.equal(write('c').buffer, first.buffer)
  const small = memory.take(10)
  memory.giveBack(small)
  t.not(memory.take(5_000).buffer, small.buffer, 'small ones lie in memory of others')
})
