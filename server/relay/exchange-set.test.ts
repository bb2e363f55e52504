import { test } from 'tap'
import { ExchangeSet } from './exchange-set.ts'

const IDENTITY = {
  namespace: 'contoso',
  hybridConnection: 'web',
  trackingId: 'x_G0',
  label: 'curl',
  remote: '127.0.0.1:1',
  method: 'GET',
  target: '/web',
  waitMs: 60_000,
}

test('of the requests that ended the last 1,000 are kept, and all that are under way', (t) => {
  const set = new ExchangeSet()
  const live = set.begin(IDENTITY, 0)
  for (let n = 0; n < 2_500; n++) set.retire(set.begin(IDENTITY, 0))
  t.strictSame(set.live(), [live])
  t.equal(set.ended().length, 1_000)
  t.equal(set.ended()[0]?.id, 'x_2501')
  t.end()
})

test('what is seen of a request has another revision after each step', (t) => {
  const set = new ExchangeSet()
  const exchange = set.begin(IDENTITY, 0)
  const revisions = [
    () => exchange.delivered('controlChannel'),
    () => exchange.answered(502),
    () => exchange.failed('RELAY_LISTENER_FAILED', 'why'),
    () => set.retire(exchange),
  ].map((step) => {
    step()
    return exchange.revision
  })
  t.strictSame(revisions, [1, 2, 3, 4])
  t.match(exchange, { via: 'controlChannel', status: 502, code: 'RELAY_LISTENER_FAILED' })
  t.ok(exchange.endMs !== null && exchange.headMs !== null && exchange.endMs >= exchange.headMs)
  t.end()
})
