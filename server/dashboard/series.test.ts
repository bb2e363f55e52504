import { test } from 'tap'
import { EventFeed } from '../events.ts'
import { SampleRing, Series } from './series.ts'
import { FakeLive, NOW_MS, startAdmin } from './testing/admin-fixture.ts'

const QUIET = {
  bytesToListener: 0,
  bytesToSender: 0,
  connects: 0,
  refusals: 0,
  open: 0,
  listeners: 0,
}

test('the ring keeps five minutes and no more', (t) => {
  const ring = new SampleRing()
  for (let open = 0; open < 310; open++) ring.push({ ...QUIET, open })
  t.equal(ring.values('open', 1_000).length, 300)
  t.same(ring.values('open', 2), [308, 309])
  t.end()
})

test('each second has what happened in it, and what there was at its end', (t) => {
  const state = { nowMs: NOW_MS }
  const now = () => state.nowMs
  const events = new EventFeed(now)
  const live = new FakeLive()
  const series = new Series({ events, live, now })
  t.teardown(() => series.stop())
  events.emit({ type: 'listenerConnected', message: '' })
  events.emit({ type: 'connectionOpened', message: '' })
  const operation = 'ListenerReturningHttpResponse'
  events.emit({ type: 'responseReceived', operation, message: 'begins' })
  events.emit({ type: 'responseReceived', message: '' })
  events.emit({ type: 'senderRefused', message: '' })
  live.directions = { toListener: 100, toSender: 2_000 }
  state.nowMs += 1_000
  series.sample()
  t.equal(series.connectsPerSecond, 2)
  // A sender that left before it was joined ends nothing that was open.
  events.emit({ type: 'connectionClosed', message: '' })
  state.nowMs += 3_000
  series.sample()
  t.same(series.read(['connects', 'refusals', 'open', 'listeners', 'bytesToSender'], 300).series, {
    connects: [2, 0, 0, 0],
    refusals: [1, 0, 0, 0],
    open: [1, 1, 1, 1],
    listeners: [1, 1, 1, 1],
    bytesToSender: [2_000, 0, 0, 0],
  })
  t.same(series.seen, { listener: true, tunnel: true, answer: true })
  t.ok(series.hasServedLately())
  state.nowMs += 57_000
  t.notOk(series.hasServedLately())
  t.end()
})

test('GET /series answers what was asked for, and names what there is when it was something else', async (t) => {
  const { call } = await startAdmin(t)
  const { body } = await call('GET', '/series?names=open,listeners&seconds=5')
  t.match(body, { stepMs: 1_000, end: '2030-01-01T00:00:00.000Z', series: { open: [] } })
  t.notOk('connects' in (body['series'] ?? {}))
  const refused = await call('GET', '/series?names=heat')
  t.equal(refused.status, 400)
  t.match(refused.text, /there is no series heat; they are bytesToListener/)
})
