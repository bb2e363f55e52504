import { createCipheriv } from 'node:crypto'

/** A period that fits no buffer size. */
const PERIOD_BYTES = 65_521

/** The first `bytes` bytes of what looks random and is the same in every process. */
export function pattern(bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
    Buffer.alloc(bytes),
  )
}

/** `totalBytes` bytes, in chunks: one {@link pattern} again and again. */
export function* patternChunks(totalBytes: number): Generator<Buffer, void, undefined> {
  const period = pattern(PERIOD_BYTES)
  for (let left = totalBytes; left > 0; left -= period.length) {
    yield left >= period.length ? period : period.subarray(0, left)
  }
}
