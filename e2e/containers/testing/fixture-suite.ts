import type { Test } from 'tap'
import { parseConnectionString } from '../../../protocol/connection-string.ts'
import type { RelayFixture } from '../../../server/index.ts'
import { echoThroughHycoWs, httpsUrl, listen, request, send } from './peers.ts'

const SILENT = 1_000

/** What holds for a relay in a test, wherever it runs. It has the entities of a start without configuration. */
export async function fixtureSuite(t: Test, relay: RelayFixture): Promise<void> {
  t.beforeEach(() => relay.reset())

  await t.test('nobody trusts it before trust(), and nobody after its undo', async (t) => {
    const url = `${httpsUrl(relay)}/open`
    await t.rejects(fetch(url), { cause: { code: /CERT|SIGNATURE/ } })
    const undo = relay.trust()
    t.equal((await fetch(url)).status, 404)
    undo()
    // A new name, so that no connection of before is used again.
    await t.rejects(fetch(url.replace('localhost', '127.0.0.1')), {
      cause: { code: /CERT|SIGNATURE/ },
    })
  })

  t.teardown(relay.trust())

  await t.test('unmodified hyco-ws, ws and fetch work in one process after trust()', async (t) => {
    t.equal(await echoThroughHycoWs(t, relay, 'demo', 'from hyco-ws'), 'from hyco-ws')
    t.equal(await send(relay, 'demo', 'from ws'), 'from ws')
    // hyco-ws answers no requests, so these go elsewhere.
    await relay.createHybridConnection({ name: 'web' })
    await listen(t, relay, 'web')
    t.match(await request(relay, 'web'), { status: 200, statusText: 'GET' })
  })

  await t.test('connection strings name endpoint, rule and hybrid connection', async (t) => {
    const endpoint = relay.getEndpoint()
    t.match(endpoint, /^sb:\/\/[^/]+:\d+\/$/)
    t.match(parseConnectionString(relay.getNamespaceConnectionString()), {
      endpoint,
      sharedAccessKeyName: 'RootManageSharedAccessKey',
      entityPath: undefined,
    })
    t.equal(relay.getNamespaceConnectionString('local-relay'), relay.getConnectionString())
    t.match(parseConnectionString(relay.getConnectionString({ hybridConnection: 'Demo' })), {
      endpoint,
      sharedAccessKeyName: 'RootManageSharedAccessKey',
      entityPath: 'demo',
    })
    const sender = { hybridConnection: 'demo', rule: 'defaultSender' }
    t.match(parseConnectionString(relay.getConnectionString(sender)), {
      sharedAccessKeyName: 'defaultSender',
      entityPath: 'demo',
    })
    t.match(relay.getCaCertificate(), /^-----BEGIN CERTIFICATE-----/)
    t.equal((await fetch(`${relay.getAdminUrl()}/health/ready`)).status, 200)
  })

  await t.test(
    'a wait for listeners ends with the last of them, or says who is there',
    async (t) => {
      const two = relay.waitForListeners('demo', 2)
      await listen(t, relay, 'demo')
      await relay.waitForListeners('demo', 1)
      await t.rejects(relay.waitForListeners('demo', 2, { timeoutMs: SILENT }), {
        code: 'RELAY_WAIT_TIMEOUT',
        message: /^waited 1000 ms for 2 listeners on demo; there: /,
      })
      await t.rejects(relay.waitForListeners('demo', 0, { timeoutMs: SILENT }), {
        code: 'RELAY_WAIT_TIMEOUT',
      })
      await listen(t, relay, 'demo')
      await two
      await t.rejects(relay.waitForListeners('open', 1, { timeoutMs: SILENT }), {
        message: 'waited 1000 ms for 1 listener on open; nobody listens',
      })
    },
  )

  await t.test(
    'listeners are dropped by Close or by a cut, and gone when that is told',
    async (t) => {
      for (const [how, code] of [
        [1001, 1001],
        ['1011', 1011],
        ['cut', 1006],
      ] as const) {
        const { closed } = await listen(t, relay, 'demo')
        t.equal(await relay.dropListeners('demo', how), 1)
        await relay.waitForListeners('demo', 0)
        t.equal((await closed).code, code)
      }
      t.equal(await relay.dropListeners('demo'), 0)
    },
  )

  await t.test('tokens end early: Close 1008 (relay-protocol 3.6)', async (t) => {
    const { closed } = await listen(t, relay, 'demo')
    t.equal(await relay.expireTokens('demo'), 1)
    t.match(await closed, { code: 1008, reason: /^ExpiredToken: / })
    t.match(await relay.events(), [{ type: 'listenerConnected' }, { code: 'RELAY_TOKEN_EXPIRED' }])
  })

  await t.test('the next sender is refused, the one behind it is not', async (t) => {
    await listen(t, relay, 'demo')
    await relay.refuseNextAccept('demo', 503)
    t.match(await refusalOf(send(relay, 'demo', 'hello')), { status: 503 })
    t.equal(await send(relay, 'demo', 'hello'), 'hello')
    await relay.refuseNextAccept('demo', 'timeout')
    t.match(await refusalOf(send(relay, 'demo', 'hello')), {
      status: 404,
      message: /^None of the connected listeners accepted the connection within/,
    })
    t.equal(await send(relay, 'demo', 'hello'), 'hello')
  })

  await t.test('the next request is refused, the one behind it is not', async (t) => {
    await listen(t, relay, 'demo')
    await relay.refuseNextAccept('demo', 429)
    await relay.refuseNextAccept('demo', 'timeout')
    const statuses = []
    for (let count = 0; count < 3; count++) statuses.push((await request(relay, 'demo')).status)
    t.same(statuses, [429, 504, 200])
  })

  await t.test('hybrid connections come and go', async (t) => {
    await relay.createHybridConnection({ name: 'deep/er', endpoint: 'db.corp.local:5432' })
    const { closed } = await listen(t, relay, 'deep/er')
    t.equal(await send(relay, 'deep/er', 'hello'), 'hello')
    await relay.deleteHybridConnection('deep/er')
    t.equal((await closed).code, 1001)
    t.throws(() => relay.getConnectionString({ hybridConnection: 'deep/er' }), {
      code: 'RELAY_ENTITY_NOT_FOUND',
    })

    const authorizationRules = [{ name: 'both', rights: ['Listen', 'Send'] }] as const
    await relay.createHybridConnection({ name: 'own', authorizationRules })
    await listen(t, relay, 'own', { rule: 'both' })
    t.equal(await send(relay, 'own', 'hello', { rule: 'both' }), 'hello')
    t.throws(() => relay.getConnectionString({ hybridConnection: 'own', rule: 'defaultSender' }), {
      message:
        'no authorization rule defaultSender on own; there is both, RootManageSharedAccessKey',
    })
  })

  await t.test('a reset leaves nothing behind, and prints how long it took', async (t) => {
    const timesMs: number[] = []
    for (let round = 0; round < 5; round++) {
      await relay.createHybridConnection({ name: 'gone' })
      const { socket, closed } = await listen(t, relay, 'demo')
      // It reads no more, so it never answers the Close.
      socket.pause()
      await relay.refuseNextAccept('open', 503)
      const startMs = performance.now()
      await relay.reset()
      timesMs.push(performance.now() - startMs)
      socket.resume()
      await closed
      await relay.waitForListeners('demo', 0)
      t.same(await relay.events(), [])
      t.throws(() => relay.getConnectionString({ hybridConnection: 'gone' }))
      t.equal((await fetch(`${httpsUrl(relay)}/open`)).status, 404)
    }
    t.comment(`resets took ${timesMs.map((ms) => ms.toFixed(1)).join(', ')} ms`)
  })

  await t.test('wrong use is told with what there is', async (t) => {
    const unknown = { code: 'RELAY_ENTITY_NOT_FOUND', message: /^no .*nope.*; there is / }
    t.throws(() => relay.getConnectionString({ hybridConnection: 'nope' }), unknown)
    t.throws(() => relay.getConnectionString({ rule: 'nope' }), unknown)
    t.throws(() => relay.getNamespaceConnectionString('nope'), unknown)
    await t.rejects(relay.waitForListeners('nope', 1), unknown)
    await t.rejects(relay.deleteHybridConnection('nope'), unknown)
    await t.rejects(relay.dropListeners('nope', 'cut'), unknown)
    await t.rejects(relay.expireTokens('nope'), unknown)
    await t.rejects(relay.refuseNextAccept('nope', 503), unknown)
    await t.rejects(relay.createHybridConnection({ name: 'x', namespace: 'nope' }), unknown)
    const invalid = { code: 'RELAY_INPUT_INVALID' }
    await t.rejects(relay.refuseNextAccept('demo', 42), invalid)
    await t.rejects(relay.createHybridConnection({ name: 'no blanks' }), invalid)
  })
}

/** What a sender was refused with; undefined for one that was let in. */
function refusalOf(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => undefined,
    (error: unknown) => error,
  )
}
