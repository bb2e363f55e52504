import { test } from 'tap'
import { connectionRow, startAdmin } from '../testing/admin-fixture.ts'

test('connections are listed, filtered and found by id', async (t) => {
  const { call, live } = await startAdmin(t)
  const big = connectionRow({ id: 'c_2', bytesToListener: 600_000, bytesToSender: 600_000 })
  live.connectionRows.push(connectionRow(), big)
  t.match((await call('GET', '/connections?q=phase:open')).body, { total: 2 })
  const found = await call('GET', `/connections?q=${encodeURIComponent('bytes:>1MiB')}`)
  t.same(found.body, { items: [big], total: 1, next: null })
  t.same((await call('GET', '/connections/c_1')).body, connectionRow())
  t.match(await call('GET', '/connections/c_9'), {
    status: 404,
    body: { error: { code: 'RELAY_ITEM_NOT_FOUND', target: 'connection' } },
  })
})

test('a live connection is closed, an ended one is not there to close', async (t) => {
  const { call, live } = await startAdmin(t)
  live.connectionRows.push(connectionRow(), connectionRow({ id: 'c_2', phase: 'closed' }))
  t.equal((await call('DELETE', '/connections/c_1')).status, 204)
  t.equal((await call('DELETE', '/connections/c_2')).status, 404)
  t.equal((await call('DELETE', '/connections/c_1?how=cut')).status, 204)
  t.equal((await call('DELETE', '/connections/c_1?how=1001')).status, 400)
  t.same(live.closed, [
    { id: 'c_1', means: '1011' },
    { id: 'c_1', means: 'cut' },
  ])
})
