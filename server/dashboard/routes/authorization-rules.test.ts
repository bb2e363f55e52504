import { test } from 'tap'
import { listenerRow, startAdmin } from '../testing/admin-fixture.ts'

const LEVELS = [
  '/namespaces/contoso/authorizationRules',
  '/namespaces/contoso/hybridConnections/sql/authorizationRules',
]

test('a policy is made, changed with its keys kept, and deleted, on both levels', async (t) => {
  const { call } = await startAdmin(t)
  for (const level of LEVELS) {
    const made = await call('PUT', `${level}/both`, { rights: ['Listen'] })
    t.match(made, { status: 201, body: { name: 'both', rights: ['Listen'], liveListeners: 0 } })
    const keys = (await call('POST', `${level}/both/listKeys`)).body
    const changed = await call('PUT', `${level}/BOTH`, { rights: ['Listen', 'Send'] })
    t.match(changed, { status: 200, body: { name: 'both', rights: ['Listen', 'Send'] } })
    t.same((await call('POST', `${level}/both/listKeys`)).body, keys)
    t.equal((await call('DELETE', `${level}/both`)).status, 204)
    for (const method of ['GET', 'DELETE'] as const) {
      t.match(await call(method, `${level}/both`), {
        status: 404,
        body: { error: { code: 'RELAY_ENTITY_NOT_FOUND', target: 'authorizationRule' } },
      })
    }
  }
})

test('rights follow the rules of Azure (management-plane 4.0)', async (t) => {
  const { call } = await startAdmin(t)
  for (const level of LEVELS) {
    for (const rights of [[], ['Manage'], ['Read'], ['Send', 'Send'], 'Send']) {
      const answer = await call('PUT', `${level}/bad`, { rights })
      t.match(answer, { status: 400, body: { error: { code: 'RELAY_INPUT_INVALID' } } })
    }
    const all = await call('PUT', `${level}/all`, { rights: ['Manage', 'Send', 'Listen'] })
    t.equal(all.status, 201)
  }
})

test('a thirteenth policy is refused (relay-protocol 8.1)', async (t) => {
  const { call } = await startAdmin(t)
  const [level] = LEVELS
  const statuses = []
  // The namespace has its root policy already.
  for (let count = 2; count <= 13; count++) {
    statuses.push((await call('PUT', `${level}/rule${count}`, { rights: ['Send'] })).status)
  }
  t.same(statuses, [...Array<number>(11).fill(201), 409])
})

test('a policy tells how many live listeners it signed for', async (t) => {
  const { call, live } = await startAdmin(t)
  live.listenerRows.push(listenerRow())
  t.match((await call('GET', `${LEVELS[1]}`)).body, {
    items: [{ name: 'defaultListener', liveListeners: 1 }],
    total: 1,
  })
})

test('what is missing above a policy is named', async (t) => {
  const { call } = await startAdmin(t)
  const targets = {
    '/namespaces/fabrikam/authorizationRules/a': 'namespace',
    '/namespaces/contoso/hybridConnections/nope/authorizationRules/a': 'hybridConnection',
  }
  for (const [path, target] of Object.entries(targets)) {
    for (const method of ['GET', 'DELETE', 'PUT'] as const) {
      const body = method === 'PUT' ? { rights: ['Send'] } : undefined
      t.match(await call(method, path, body), { status: 404, body: { error: { target } } }, method)
    }
  }
})
