import { test } from 'tap'
import { clientFrame } from './frame-writer.ts'
import { RandomMasker, ZERO_MASKER } from './masking.ts'
import { BINARY, readClientFrames } from './testing/server-frames.ts'

test('frames of every length class carry their parts, masked', async (t) => {
  const masker = new RandomMasker()
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const payload = Buffer.alloc(length, 'relay')
    const cut = Math.floor(length / 3)
    const frame = Buffer.concat(
      clientFrame(BINARY, [payload.subarray(0, cut), payload.subarray(cut)], masker),
    )
    const [read] = readClientFrames(frame)
    t.equal(read?.firstByte, BINARY)
    t.ok(read?.payload.equals(payload), String(length))
  }
})

test("a zero mask sends the caller's bytes without a copy, still marked as masked", async (t) => {
  const payload = Buffer.from('as it is')
  const frame = clientFrame(BINARY, [payload], ZERO_MASKER)
  t.equal(frame[1], payload)
  t.equal(readClientFrames(Buffer.concat(frame))[0]?.payload.toString(), 'as it is')
})
