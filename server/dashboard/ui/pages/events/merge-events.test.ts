import { test } from 'tap'
import { mergeEvents } from './merge-events.ts'

const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ n: from + index }))

test('events of the API and of the feed are there once, the newest first, 10,000 at most', (t) => {
  t.strictSame(mergeEvents([], events(1, 3)), [{ n: 3 }, { n: 2 }, { n: 1 }])
  t.strictSame(mergeEvents(events(1, 3), events(3, 4)), events(1, 4).reverse())
  const all = mergeEvents(events(1, 9_000), events(8_000, 12_000))
  t.equal(all.length, 10_000)
  t.strictSame([all[0], all.at(-1)], [{ n: 12_000 }, { n: 2_001 }])
  t.end()
})
