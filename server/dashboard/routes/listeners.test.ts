import { test } from 'tap'
import { listenerRow, startAdmin } from '../testing/admin-fixture.ts'

const ENDED = { at: '2030-01-01T00:00:00.000Z', by: 'listener', code: 1000, reason: '' } as const

test('listeners are listed, filtered and found by id', async (t) => {
  const { call, live } = await startAdmin(t)
  live.listenerRows.push(listenerRow(), listenerRow({ id: 'l_2', label: 'onprem-2', ended: ENDED }))
  t.match((await call('GET', '/listeners')).body, {
    items: [{ id: 'l_1' }, { id: 'l_2' }],
    total: 2,
  })
  t.match((await call('GET', '/listeners?q=ended.code:1000')).body, {
    items: [{ id: 'l_2' }],
    total: 1,
  })
  t.same((await call('GET', '/listeners/l_1')).body, listenerRow())
  t.match(await call('GET', '/listeners/l_9'), {
    status: 404,
    body: { error: { code: 'RELAY_ITEM_NOT_FOUND', target: 'listener' } },
  })
})

test('a live listener is dropped as asked, with Close 1001 by default', async (t) => {
  const { call, live } = await startAdmin(t)
  live.listenerRows.push(listenerRow(), listenerRow({ id: 'l_2', ended: ENDED }))
  for (const query of ['', '?how=1001', '?how=1011', '?how=cut']) {
    t.equal((await call('DELETE', `/listeners/l_1${query}`)).status, 204)
  }
  t.same(
    live.dropped.map(({ means }) => means),
    ['1001', '1001', '1011', 'cut'],
  )
  t.equal((await call('DELETE', '/listeners/l_1?how=nicely')).status, 400)
  t.equal((await call('DELETE', '/listeners/l_2')).status, 404)
  t.equal(live.dropped.length, 4)
})

test('the choices that a listener was there for are told with the seed', async (t) => {
  const { call, live } = await startAdmin(t)
  const pick = {
    n: 7,
    at: '2030-01-01T00:00:01.000Z',
    candidates: [{ id: 'l_1', label: 'onprem-1' }],
    chosen: { id: 'l_1', label: 'onprem-1' },
    allowed: null,
    disallowed: [],
    ref: 'c_1',
  }
  live.listenerRows.push(listenerRow(), listenerRow({ id: 'l_2', ended: ENDED }))
  live.pickRows.push(pick, { ...pick, n: 6, at: '2029-01-01T00:00:00.000Z' })
  t.same((await call('GET', '/listeners/l_1/picks')).body, { seed: 42, items: [pick] })
  t.same((await call('GET', '/listeners/l_2/picks')).body, { seed: 42, items: [] })
  t.equal((await call('GET', '/listeners/l_9/picks')).status, 404)
})
