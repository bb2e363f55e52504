import { type Test, test } from 'tap'
import { createRelayServer } from '../index.ts'

const HC = '/namespaces/local-relay/hybridConnections/demo'

/** A relay and its API. */
async function start(t: Test) {
  const relay = await createRelayServer()
  t.teardown(() => relay.close())
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${relay.getAdminUrl()}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown }
  }
  return { relay, call }
}

test('refusals are planned, listed and cancelled', async (t) => {
  const { relay, call } = await start(t)
  const planned = { id: 'f_1', namespace: 'local-relay', hybridConnection: 'demo', answer: 503 }
  const shouted = '/namespaces/LOCAL-RELAY/hybridConnections/DEMO/refuseNextAccept'
  t.same(await call('POST', shouted, { answer: 503 }), { status: 201, body: planned })
  await call('POST', `${HC}/refuseNextAccept`, { answer: 'timeout' })
  t.match(await call('GET', '/faults'), {
    status: 200,
    body: { items: [planned, { id: 'f_2', answer: 'timeout' }], total: 2, next: null },
  })
  t.equal((await call('DELETE', '/faults/f_1')).status, 204)
  t.match(await call('DELETE', '/faults/f_1'), {
    status: 404,
    body: { error: { code: 'RELAY_ITEM_NOT_FOUND', target: 'fault' } },
  })
  t.match(await call('GET', '/faults'), { body: { total: 1 } })
  t.equal((await call('DELETE', '/faults')).status, 204)
  t.match(await call('GET', '/faults'), { body: { total: 0 } })

  await call('POST', `${HC}/refuseNextAccept`, { answer: 503 })
  await relay.deleteHybridConnection('demo')
  t.match(await call('GET', '/faults'), { body: { total: 0 } })
})

test('a reset forgets what was planned', async (t) => {
  const { call } = await start(t)
  await call('POST', `${HC}/refuseNextAccept`, { answer: 503 })
  await call('POST', '/reset')
  t.match(await call('GET', '/faults'), { body: { total: 0 } })
})

test('what ends listeners answers how many there were', async (t) => {
  const { call } = await start(t)
  t.same(await call('POST', `${HC}/dropListeners`), { status: 200, body: { listeners: 0 } })
  t.same(await call('POST', `${HC}/dropListeners`, { how: 'cut' }), {
    status: 200,
    body: { listeners: 0 },
  })
  t.same(await call('POST', `${HC}/expireTokens`), { status: 200, body: { listeners: 0 } })
})

test('bad input is refused, and plans nothing', async (t) => {
  const { call } = await start(t)
  const invalid = { status: 400, body: { error: { code: 'RELAY_INPUT_INVALID' } } }
  for (const answer of [99, 1000, 'never', '503', 200.5, null]) {
    t.match(await call('POST', `${HC}/refuseNextAccept`, { answer }), invalid, `${answer}`)
  }
  t.match(await call('POST', `${HC}/refuseNextAccept`), invalid)
  t.match(await call('POST', `${HC}/dropListeners`, { how: '1000' }), invalid)
  for (const [path, target] of [
    ['/namespaces/nope/hybridConnections/demo', 'namespace'],
    ['/namespaces/local-relay/hybridConnections/nope', 'hybridConnection'],
  ] as const) {
    t.match(await call('POST', `${path}/refuseNextAccept`, { answer: 503 }), {
      status: 404,
      body: { error: { code: 'RELAY_ENTITY_NOT_FOUND', target } },
    })
  }
  t.match(await call('GET', '/faults'), { body: { total: 0 } })
})
