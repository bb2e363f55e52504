import { test } from 'tap'
import { Random } from './testing/random.ts'
import { plainMemory, simdMemory, unmaskMemory } from './unmask-memory.ts'
import { type Unmask, turnKey, unmaskBetween } from './unmask.ts'

const MASK = [0x12, 0x9a, 0x04, 0xfe]
const KEY = 0xfe049a12 | 0
const SIZE = 4_096

/** Unmasks between two halves of 4 KiB, at any alignment, and looks at every byte of the second. */
function verdictOn(bytes: Buffer, unmask: Unmask): string {
  const random = new Random(9)
  const from = bytes.subarray(0, SIZE / 2)
  const to = bytes.subarray(SIZE / 2)
  for (let round = 0; round < 2_000; round++) {
    const length = random.oneIn(3) ? random.below(20) : random.below(1_000)
    const source = random.below(40)
    const target = random.below(40)
    const phase = random.below(4)
    random.bytes(SIZE / 2).copy(from)
    to.fill(0xaa)
    unmask(from, source, to, target, length, turnKey(KEY, phase))
    const expected = Buffer.alloc(to.length, 0xaa)
    for (let i = 0; i < length; i++) {
      expected[target + i] = from[source + i]! ^ MASK[(i + phase) & 3]!
    }
    if (!to.equals(expected)) return `${source} to ${target}, ${length} bytes, phase ${phase}`
  }
  return 'right'
}

test('every way to unmask from one place to another touches the target and nothing else', async (t) => {
  const simd = simdMemory(SIZE)
  t.ok(simd, 'this machine has vector instructions')
  for (const memory of [simd, plainMemory(SIZE), unmaskMemory(SIZE)]) {
    if (memory) t.equal(verdictOn(Buffer.from(memory.buffer), memory.unmask), 'right')
  }
  t.equal(verdictOn(Buffer.alloc(SIZE), unmaskBetween), 'right')
})

test('memory is as large as asked for, with and without WebAssembly', async (t) => {
  for (const size of [1, 65_536, 65_537]) t.ok(unmaskMemory(size).buffer.byteLength >= size)
  t.equal(simdMemory(2 ** 40), undefined, 'too much for WebAssembly')
  const host = globalThis as { WebAssembly?: unknown }
  const { WebAssembly } = host
  t.teardown(() => (host.WebAssembly = WebAssembly))
  delete host.WebAssembly
  const memory = unmaskMemory(SIZE)
  t.equal(memory.buffer.byteLength, SIZE)
  t.equal(verdictOn(Buffer.from(memory.buffer), memory.unmask), 'right')
})
