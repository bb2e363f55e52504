import { test } from 'tap'
import { parseConnectionString } from '../../../protocol/connection-string.ts'
import { startAdmin } from '../testing/admin-fixture.ts'

const NAMESPACE = '/namespaces/contoso'
const ENTITY = `${NAMESPACE}/hybridConnections/sql`
const LISTEN_RULE = `${ENTITY}/authorizationRules/defaultListener`
const ROOT_RULE = `${NAMESPACE}/authorizationRules/RootManageSharedAccessKey`

test('the keys come with connection strings that lead here and to Azure', async (t) => {
  const { call, store } = await startAdmin(t)
  const { body } = await call(
    'POST',
    '/namespaces/CONTOSO/hybridConnections/SQL/authorizationRules/DEFAULTLISTENER/listKeys',
  )
  const rule = store.hybridConnection('contoso', 'sql')?.authorizationRules[0]
  const { primaryKey = '', secondaryKey = '' } = rule ?? {}
  const tail = (key: string) =>
    `SharedAccessKeyName=defaultListener;SharedAccessKey=${key};EntityPath=sql`
  t.same(body, {
    keyName: 'defaultListener',
    primaryKey,
    secondaryKey,
    primaryConnectionString: `Endpoint=sb://localhost:9443/;${tail(primaryKey)}`,
    secondaryConnectionString: `Endpoint=sb://localhost:9443/;${tail(secondaryKey)}`,
    gateway: {
      azure: `Endpoint=sb://contoso.servicebus.windows.net/;${tail(primaryKey)}`,
      local: `Endpoint=sb://localhost:9443/;${tail(primaryKey)}`,
      configured: [],
    },
  })
})

test("a namespace's policy has no entity path, and a later namespace has its own host", async (t) => {
  const { call } = await startAdmin(t)
  await call('PUT', '/namespaces/fabrikam', { hosts: ['relay.local'] })
  const path = '/namespaces/fabrikam/authorizationRules/RootManageSharedAccessKey/listKeys'
  const { body } = await call('POST', path)
  const parsed = parseConnectionString(String(body['primaryConnectionString']))
  t.match(parsed, { host: 'relay.local', port: 9443 })
  t.equal(parsed.entityPath, undefined)
})

test('a regenerated key is another one, and the other key stays', async (t) => {
  const { call } = await startAdmin(t)
  const before = (await call('POST', `${LISTEN_RULE}/listKeys`)).body
  const after = await call('POST', `${LISTEN_RULE}/regenerateKeys`, { keyType: 'PrimaryKey' })
  t.equal(after.status, 200)
  t.not(after.body['primaryKey'], before['primaryKey'])
  t.equal(after.body['secondaryKey'], before['secondaryKey'])
  t.same((await call('POST', `${LISTEN_RULE}/listKeys`)).body, after.body)
  t.equal((await call('POST', `${LISTEN_RULE}/regenerateKeys`, {})).status, 400)
})

test('each reveal and each new key is an event with rule and remote address', async (t) => {
  const { call, events } = await startAdmin(t)
  await call('POST', `${LISTEN_RULE}/listKeys`)
  await call('POST', `${ROOT_RULE}/regenerateKeys`, { keyType: 'SecondaryKey' })
  t.match(events.since(0), [
    {
      type: 'keysListed',
      namespace: 'contoso',
      hybridConnection: 'sql',
      who: '127.0.0.1',
      message: /defaultListener/,
    },
    {
      type: 'keysRegenerated',
      namespace: 'contoso',
      hybridConnection: null,
      message: /SecondaryKey.*RootManageSharedAccessKey/,
    },
  ])
})

test('a minted token is good for its right, its entity and its time only', async (t) => {
  const { call } = await startAdmin(t)
  await call('PUT', `${NAMESPACE}/hybridConnections/web`, {})
  const minted = await call('POST', `${LISTEN_RULE}/tokens`, { right: 'Listen', ttlSeconds: 60 })
  t.match(minted, { status: 200, body: { expiresAt: '2030-01-01T00:01:00.000Z' } })
  const { body } = await call('POST', '/tokens/inspect', { token: minted.body['token'] })
  t.match(body, { kind: 'sas', rule: 'defaultListener', expiresAt: '2030-01-01T00:01:00.000Z' })
  t.same(body['verdicts'], [
    { action: 'listen', hybridConnection: 'contoso/sql', ok: true, code: null },
    { action: 'send', hybridConnection: 'contoso/sql', ok: false, code: 'AuthorizationFailed' },
    { action: 'listen', hybridConnection: 'contoso/web', ok: false, code: 'InvalidSignature' },
    { action: 'send', hybridConnection: 'contoso/web', ok: false, code: 'InvalidSignature' },
  ])
})

test("a token of the namespace's policy is good for every entity, for an hour by default", async (t) => {
  const { call } = await startAdmin(t)
  const minted = await call('POST', `${ROOT_RULE}/tokens`, { right: 'Send' })
  t.match(minted.body, { expiresAt: '2030-01-01T01:00:00.000Z' })
  const asked = { token: minted.body['token'], namespace: 'contoso' }
  t.match((await call('POST', '/tokens/inspect', asked)).body, {
    verdicts: [{ ok: true }, { ok: true }],
  })
})

test("a namespace's policy mints for one hybrid connection only, where that is wanted", async (t) => {
  const { call } = await startAdmin(t)
  await call('PUT', `${NAMESPACE}/hybridConnections/web`, {})
  const wanted = { right: 'Send', hybridConnection: 'SQL' }
  const { token = '' } = (await call('POST', `${ROOT_RULE}/tokens`, wanted)).body
  t.match((await call('POST', '/tokens/inspect', { token })).body['verdicts'], [
    { hybridConnection: 'contoso/sql', ok: true },
    { hybridConnection: 'contoso/sql', ok: true },
    { hybridConnection: 'contoso/web', ok: false },
    { hybridConnection: 'contoso/web', ok: false },
  ])
  const other = { right: 'Listen', hybridConnection: 'web' }
  t.match(await call('POST', `${LISTEN_RULE}/tokens`, other), {
    status: 400,
    body: { error: { details: [{ target: '/hybridConnection' }] } },
  })
  t.equal(
    (await call('POST', `${ROOT_RULE}/tokens`, { ...wanted, hybridConnection: 'x' })).status,
    404,
  )
})

test('a policy mints no right that it does not have', async (t) => {
  const { call } = await startAdmin(t)
  const refused = { status: 400, body: { error: { details: [{ target: '/right' }] } } }
  t.match(await call('POST', `${LISTEN_RULE}/tokens`, { right: 'Send' }), refused)
  t.match(await call('POST', `${LISTEN_RULE}/tokens`, { right: 'Read' }), refused)
  for (const ttlSeconds of [0, -1, 1.5, '60', 1e12]) {
    const answer = await call('POST', `${LISTEN_RULE}/tokens`, { right: 'Listen', ttlSeconds })
    t.match(answer, { status: 400, body: { error: { details: [{ target: '/ttlSeconds' }] } } })
  }
})

test('a token is explained only for a namespace that is there', async (t) => {
  const { call } = await startAdmin(t)
  const answer = await call('POST', '/tokens/inspect', { token: 'x', namespace: 'fabrikam' })
  t.match(answer, { status: 404, body: { error: { target: 'namespace' } } })
  t.equal((await call('POST', '/tokens/inspect', { token: 'x'.repeat(100_000) })).status, 400)
})

test('no key is in the answer to a GET, in an event or in the log', async (t) => {
  const { app, call, store, events, logged } = await startAdmin(t)
  const { text } = await call('POST', `${LISTEN_RULE}/listKeys`)
  const { body } = await call('POST', `${ROOT_RULE}/tokens`, { right: 'Send' })
  const keys = [...store.list(), ...(store.get('contoso')?.hybridConnections ?? [])]
    .flatMap(({ authorizationRules }) => authorizationRules)
    .flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey])
  t.equal(keys.length, 4)
  t.ok(text.includes(String(keys[2])), 'the canary is where it belongs')
  const signature = String(body['token']).split('sig=')[1] ?? 'none'
  const paths = [
    '/overview',
    '/namespaces',
    NAMESPACE,
    `${NAMESPACE}/hybridConnections`,
    ENTITY,
    `${NAMESPACE}/authorizationRules`,
    ROOT_RULE,
    `${ENTITY}/authorizationRules`,
    LISTEN_RULE,
    `${LISTEN_RULE}/listKeys`,
    '/listeners',
    '/connections',
    '/events',
    '/events?format=jsonl',
    '/openapi.json',
  ]
  const seen = [JSON.stringify(events.since(0)), JSON.stringify(logged)]
  for (const path of paths) seen.push((await call('GET', path)).text)
  seen.push((await app.inject({ url: '/metrics' })).body)
  for (const place of seen) {
    t.notOk([...keys, signature].some((secret) => place.includes(secret)))
    t.notOk(place.includes('SharedAccessKey='))
  }
})
