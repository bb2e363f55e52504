import { test } from 'tap'
import { startDeadline } from './deadline.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('a deadline fires once, when its time has come', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  let fired = 0
  startDeadline(Date.now() + 1_000, Date.now, () => fired++)
  t.clock.advance(999)
  t.equal(fired, 0)
  t.clock.advance(10_000)
  t.equal(fired, 1)
})

test('a deadline farther off than a timer reaches does not fire early', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  let fired = 0
  startDeadline(Date.now() + 60 * DAY_MS, Date.now, () => fired++)
  for (let day = 0; day < 59; day++) t.clock.advance(DAY_MS)
  t.equal(fired, 0)
  t.clock.advance(2 * DAY_MS)
  t.equal(fired, 1)
})

test('a deadline in the past fires soon, one that never comes never, and one called off not', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const fired: string[] = []
  startDeadline(Date.now() - 1, Date.now, () => fired.push('past'))
  startDeadline(Infinity, Date.now, () => fired.push('never'))()
  startDeadline(Date.now() + 5, Date.now, () => fired.push('called off'))()
  startDeadline(Date.now() + 40 * DAY_MS, Date.now, () => fired.push('far'))()
  for (let day = 0; day < 50; day++) t.clock.advance(DAY_MS)
  t.strictSame(fired, ['past'])
})
