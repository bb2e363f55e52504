import { test } from 'tap'
import { startAdmin } from '../testing/admin-fixture.ts'

test('a namespace is made, found in any case, changed and deleted', async (t) => {
  const { call, store } = await startAdmin(t)
  const made = await call('PUT', '/namespaces/Fabrikam', { location: 'westus' })
  t.match(made, { status: 201, body: { name: 'Fabrikam', location: 'westus', origin: 'runtime' } })
  const changed = await call('PUT', '/namespaces/fabrikam', { hosts: ['relay.local'] })
  t.match(changed, { status: 200, body: { name: 'Fabrikam', hosts: ['relay.local'] } })
  t.match(await call('GET', '/namespaces/FABRIKAM'), { status: 200, body: changed.body })
  t.match((await call('GET', '/namespaces?q=name:fab*')).body, {
    items: [{ name: 'Fabrikam' }],
    total: 1,
    next: null,
  })
  t.match(await call('DELETE', '/namespaces/fabrikam'), { status: 204, text: '' })
  t.equal(store.get('fabrikam'), undefined)
  t.match(await call('DELETE', '/namespaces/fabrikam'), {
    status: 404,
    body: { error: { code: 'RELAY_ENTITY_NOT_FOUND', target: 'namespace' } },
  })
})

test('a body that is left out means all defaults', async (t) => {
  const { call } = await startAdmin(t)
  t.match(await call('PUT', '/namespaces/fabrikam'), {
    status: 201,
    body: { location: 'westeurope' },
  })
})

test('names and hosts that Azure would not take are refused', async (t) => {
  const { call } = await startAdmin(t)
  const refused = { status: 400, body: { error: { code: 'RELAY_INPUT_INVALID' } } }
  t.match(await call('PUT', '/namespaces/x', {}), refused)
  t.match(await call('PUT', '/namespaces/fabrikam%2Fa', {}), refused)
  t.match(await call('PUT', '/namespaces/fabrikam', { hosts: ['no/path'] }), refused)
  t.match(await call('GET', '/namespaces?limit=10001'), refused)
  t.match(await call('GET', '/namespaces?limit=x'), refused)
  t.match(await call('GET', '/namespaces?unknown=1'), refused)
})

test('a host that another namespace has is taken', async (t) => {
  const { call } = await startAdmin(t)
  const hosts = ['contoso.servicebus.windows.net']
  t.match(await call('PUT', '/namespaces/fabrikam', { hosts }), {
    status: 409,
    body: { error: { code: 'RELAY_NAME_TAKEN' } },
  })
})
