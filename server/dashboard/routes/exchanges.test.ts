import { test } from 'tap'
import { exchangeRow, startAdmin } from '../testing/admin-fixture.ts'

test('HTTP requests are listed, filtered and found by id', async (t) => {
  const { call, live } = await startAdmin(t)
  const failed = exchangeRow({ id: 'x_2', status: 504, code: 'RELAY_RESPONSE_TIMEOUT' })
  live.exchangeRows.push(failed, exchangeRow())
  t.match((await call('GET', '/exchanges')).body, { total: 2, items: [{ id: 'x_2' }, {}] })
  const found = await call('GET', `/exchanges?q=${encodeURIComponent('status:>499')}`)
  t.same(found.body, { items: [failed], total: 1, next: null })
  t.same((await call('GET', '/exchanges/x_1')).body, exchangeRow())
  t.match(await call('GET', '/exchanges/x_9'), {
    status: 404,
    body: { error: { code: 'RELAY_ITEM_NOT_FOUND', target: 'exchange' } },
  })
})
