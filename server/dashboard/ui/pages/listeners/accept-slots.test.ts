import { test } from 'tap'
import { acceptsPerSlot, SLOT_MS } from './accept-slots.ts'

test('accepts are counted in slots of five minutes, older ones left out', (t) => {
  const nowMs = 1_000 * SLOT_MS + 4_000
  const slots = acceptsPerSlot(
    [nowMs, nowMs - 4_000, nowMs - 4_001, null, nowMs - 295_000, nowMs - 400_000],
    nowMs,
  )
  t.equal(slots.length, 30)
  t.strictSame(slots.at(-1), { endMs: 1_001 * SLOT_MS, count: 2 })
  t.equal(slots.at(-2)?.count, 1)
  t.equal(
    slots.reduce((sum, { count }) => sum + count, 0),
    3,
  )
  t.end()
})
