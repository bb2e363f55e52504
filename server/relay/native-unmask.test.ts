import { test } from 'tap'
import { Random } from '../../protocol/websocket/testing/random.ts'
import { unmaskWithin, wordsOf } from '../../protocol/websocket/unmask.ts'
import { loadUnmask } from './native-unmask.ts'

test('the fastest unmask does what the plain one does, also when it moves the payload', async (t) => {
  const unmask = await loadUnmask()
  const random = new Random(7)
  for (let round = 0; round < 500; round++) {
    const size = 1 + random.below(5_000)
    const target = random.below(9)
    const source = target + 4 * random.below(4)
    const key = random.below(2 ** 31) | 0
    const plain = Buffer.alloc(source + size + 3)
    for (let at = 0; at < plain.length; at++) plain[at] = random.below(256)
    const fast = Buffer.from(plain)
    unmaskWithin(plain, wordsOf(plain), source, target, size, key)
    unmask(fast, wordsOf(fast), source, target, size, key)
    if (!fast.equals(plain)) t.fail(`round ${round}: ${source} -> ${target}, ${size} bytes`)
  }
})
