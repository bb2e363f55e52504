import { test } from 'tap'
import { listenerRow, startAdmin } from '../testing/admin-fixture.ts'

const LIST = '/namespaces/contoso/hybridConnections'

test('a row says what the entity is and how it does', async (t) => {
  const { call, live } = await startAdmin(t)
  live.listenerRows.push(listenerRow())
  t.same((await call('GET', `${LIST}/SQL`)).body, {
    name: 'sql',
    namespace: 'contoso',
    requiresClientAuthorization: true,
    userMetadata: '[{"key":"endpoint","value":"db.corp.local:5432"}]',
    endpoint: { host: 'db.corp.local', port: 5432 },
    lint: [],
    status: 'Connected',
    listenerCount: 1,
    open: 0,
    origin: 'runtime',
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z',
  })
})

test('a name with a slash is one name when it is percent-encoded', async (t) => {
  const { call, store } = await startAdmin(t)
  const made = await call('PUT', `${LIST}/a%2Fb.c`, {})
  t.match(made, { status: 201, body: { name: 'a/b.c' } })
  t.equal((await call('GET', `${LIST}/A%2fB.C`)).status, 200)
  t.equal((await call('GET', `${LIST}/a%2Fb.c/authorizationRules`)).status, 200)
  t.equal((await call('GET', `${LIST}/a/b.c`)).status, 404)
  t.equal((await call('DELETE', `${LIST}/a%2Fb.c`)).status, 204)
  t.equal(store.hybridConnection('contoso', 'a/b.c'), undefined)
})

test('the longest name that Azure takes fits into a path', async (t) => {
  const { call } = await startAdmin(t)
  const name = `a${'/'.repeat(258)}z`
  t.equal((await call('PUT', `${LIST}/${encodeURIComponent(name)}`, {})).status, 201)
  t.equal((await call('PUT', `${LIST}/${'x'.repeat(261)}`, {})).status, 400)
})

test('user metadata is kept byte for byte, and gone when it is left out', async (t) => {
  const { call } = await startAdmin(t)
  const userMetadata = ' [{"key": "endpoint", "value : "host:1"}]\u00e9 '
  await call('PUT', `${LIST}/sql`, { userMetadata })
  t.match((await call('GET', `${LIST}/sql`)).body, { userMetadata, endpoint: null })
  await call('PUT', `${LIST}/sql`, {})
  t.match((await call('GET', `${LIST}/sql`)).body, { userMetadata: null })
})

test('client authorization cannot be changed later (management-plane 4.3)', async (t) => {
  const { call } = await startAdmin(t)
  const answer = await call('PUT', `${LIST}/sql`, { requiresClientAuthorization: false })
  t.match(answer, { status: 400, body: { error: { code: 'RELAY_INPUT_INVALID' } } })
})

test('what is not there is named', async (t) => {
  const { call } = await startAdmin(t)
  t.same((await call('GET', `${LIST}/nope`)).body, {
    error: {
      code: 'RELAY_ENTITY_NOT_FOUND',
      message: 'no hybrid connection nope in namespace contoso',
      target: 'hybridConnection',
      next: 'relay-emulator connection-string',
      details: [],
    },
  })
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    const answer = await call(method, '/namespaces/fabrikam/hybridConnections/sql')
    t.match(answer, { status: 404, body: { error: { target: 'namespace' } } }, method)
  }
})

test('the list is filtered and read page by page', async (t) => {
  const { call } = await startAdmin(t)
  for (const name of ['a1', 'a2', 'a3']) await call('PUT', `${LIST}/${name}`, {})
  const first = await call('GET', `${LIST}?limit=2&q=${encodeURIComponent('name:a* -name:a2')}`)
  t.match(first.body, { items: [{ name: 'a1' }, { name: 'a3' }], total: 2, next: null })
  const page = await call('GET', `${LIST}?limit=3`)
  const cursor = String(page.body['next'])
  const rest = await call('GET', `${LIST}?cursor=${cursor}`)
  t.match(rest.body, { items: [{ name: 'a3' }], total: 4, next: null })
})
