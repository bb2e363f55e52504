import { test } from 'tap'
import { retryDelayMs } from './backoff.ts'

test('waits are 0, 1, 2, 5, 10 and then 30 seconds for ever (relay-protocol 3.8)', async (t) => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 100].map(retryDelayMs)
  t.same(waits, [0, 1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000])
})
