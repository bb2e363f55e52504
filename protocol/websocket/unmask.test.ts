import { test } from 'tap'
import { Random } from './testing/random.ts'
import { turnKey, unmaskWithin, wordsOf } from './unmask.ts'

const MASK = [0x12, 0x9a, 0x04, 0xfe]
const KEY = 0xfe049a12 | 0

test('every length, alignment and phase is unmasked and moved, and nothing else is touched', async (t) => {
  const random = new Random(1)
  let cases = 0
  for (let offset = 0; offset < 4; offset++) {
    for (let source = 4; source < 9; source++) {
      for (const target of [source, source - 4]) {
        for (let length = 0; length < 40; length++) {
          const phase = cases++ & 3
          const memory = random.bytes(64)
          const bytes = memory.subarray(offset, offset + 56)
          const before = Buffer.from(bytes)
          unmaskWithin(bytes, wordsOf(bytes), source, target, length, turnKey(KEY, phase))
          const expected = Buffer.from(before)
          for (let i = 0; i < length; i++) {
            expected[target + i] = before[source + i]! ^ MASK[(i + phase) & 3]!
          }
          // What lies between the moved payload and its old end is left over and may be anything that was there.
          const isRight =
            bytes.subarray(0, target + length).equals(expected.subarray(0, target + length)) &&
            bytes.subarray(source + length).equals(before.subarray(source + length))
          if (!isRight) t.fail(`offset ${offset}, ${source} to ${target}, ${length} bytes`)
        }
      }
    }
  }
  t.equal(cases, 4 * 5 * 2 * 40)
})

test('a payload unmasked in pieces is the payload unmasked at once', async (t) => {
  const random = new Random(2)
  for (let round = 0; round < 50; round++) {
    const whole = random.bytes(1 + random.below(300))
    const expected = Buffer.from(whole.map((byte, i) => byte ^ MASK[i & 3]!))
    let key = KEY
    const pieces = random.cut(whole, 40).map((piece) => {
      unmaskWithin(piece, wordsOf(piece), 0, 0, piece.length, key)
      key = turnKey(key, piece.length)
      return piece
    })
    t.ok(Buffer.concat(pieces).equals(expected))
  }
})

test('the words of a view lie inside its memory', async (t) => {
  const memory = new Uint8Array(new ArrayBuffer(10))
  t.equal(wordsOf(memory.subarray(1, 3)).length, 0)
  t.equal(wordsOf(memory.subarray(1, 9)).length, 2)
  t.equal(wordsOf(memory).length, 2)
  t.equal(wordsOf(memory.subarray(4, 4)).length, 0)
})
