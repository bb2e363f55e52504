import { test } from 'tap'
import { systemClock } from './clock.ts'

test('a wait longer than a timer can be is waited for in pieces', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const days = 30 * 86_400_000
  let fired = 0
  systemClock().after(days, () => fired++)
  t.clock.advance(days - 1)
  t.equal(fired, 0)
  t.clock.advance(1)
  t.equal(fired, 1)
})

test('a wait that was called off never ends, and an endless one sets no timer', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  let fired = 0
  const clock = systemClock()
  clock.after(10, () => fired++)()
  clock.after(Infinity, () => fired++)()
  t.clock.advance(1_000)
  t.equal(fired, 0)
})
