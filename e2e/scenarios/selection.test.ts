import { once } from 'node:events'
import { test } from 'tap'
import { callAdmin, connectionsOf, factOf, listenersOf } from '../harness/facts.ts'
import { type TestListener, listen } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const A = 'aaaaaaaa-0000-4000-8000-000000000001'
const B = 'bbbbbbbb-0000-4000-8000-000000000002'
const C = 'cccccccc-0000-4000-8000-000000000003'
const NONE =
  /^None of the connected listeners meet the AllowedListeners\/DisallowedListeners criteria\. TrackingId:/

type Scope = Parameters<typeof openUpgrade>[0]

/** Connects one sender and answers which of the listeners it was offered to. */
async function offeredTo(
  t: Scope,
  relay: TestRelay,
  listeners: readonly TestListener[],
  headers: Record<string, string> = {},
): Promise<number> {
  const before = listeners.map(({ messages }) => messages.length)
  const found = new AbortController()
  const offered = Promise.race(
    listeners.map(async ({ socket }, i) => {
      await once(socket, 'message', { signal: found.signal }).catch(() => {})
      return i
    }),
  )
  const sender = await openUpgrade(t, relay, '/$hc/open', { headers })
  const chosen = await offered
  found.abort()
  listeners.forEach(({ messages }, i) => {
    if (messages.length !== (before[i] ?? 0) + (i === chosen ? 1 : 0)) t.fail('two offers')
  })
  sender.reset()
  return chosen
}

async function choices(t: Scope, input: Parameters<typeof startRelay>[1], count: number) {
  const relay = await startRelay(t, input)
  const listeners = [await listen(t, relay, 'open'), await listen(t, relay, 'open')]
  const chosen: number[] = []
  while (chosen.length < count) chosen.push(await offeredTo(t, relay, listeners))
  const rows = await listenersOf(relay)
  await relay.server.close()
  return { chosen, rows }
}

test('of two listeners each gets some of 100 senders, and the seed tells which, relay-protocol 6', async (t) => {
  const { chosen, rows } = await choices(t, { seed: 42 }, 100)
  const first = chosen.filter((choice) => choice === 0).length
  t.ok(first > 25 && first < 75, `${first} of 100`)
  t.strictSame(
    rows.map(({ offered, expected }) => [offered, expected]),
    [
      [first, 50],
      [100 - first, 50],
    ],
  )
  t.strictSame((await choices(t, { seed: 42 }, 20)).chosen, chosen.slice(0, 20))
  t.notSame((await choices(t, { seed: 43 }, 20)).chosen, chosen.slice(0, 20))
})

test('in 2017 it was one after the other', async (t) => {
  const { chosen } = await choices(t, { profile: '2017' }, 6)
  t.strictSame(chosen, [0, 1, 0, 1, 0, 1])
})

test('selection headers name listeners by the GUID of their id, relay-protocol 5.9', async (t) => {
  const relay = await startRelay(t)
  const listeners = [
    await listen(t, relay, 'open', { id: A }),
    await listen(t, relay, 'open', { id: `${B.toUpperCase()}_G3` }),
    await listen(t, relay, 'open', { id: C }),
  ]
  const allowed = (ids: string) => ({ 'Microsoft-Relay-AllowedListeners': ids })
  const disallowed = (ids: string) => ({ 'microsoft-relay-disallowedlisteners': ids })
  for (let i = 0; i < 5; i++) {
    t.equal(await offeredTo(t, relay, listeners, allowed(B)), 1)
    t.equal(await offeredTo(t, relay, listeners, disallowed(`${A} , ${C}`)), 1)
    t.not(await offeredTo(t, relay, listeners, allowed(`${A}, ${C}`)), 1)
    t.equal(await offeredTo(t, relay, listeners, { ...allowed(`${A},${C}`), ...disallowed(A) }), 2)
  }
  for (const headers of [
    allowed('11111111-0000-4000-8000-000000000009'),
    disallowed(`${A},${B},${C}`),
  ]) {
    const sender = await openUpgrade(t, relay, '/$hc/open', { headers })
    t.match(await sender.head(), { status: 404, reason: NONE })
  }
})

test('of two channels with one id the newest is chosen by it, relay-protocol 3.7', async (t) => {
  const relay = await startRelay(t)
  const older = await listen(t, relay, 'open', { id: A })
  const newer = await listen(t, relay, 'open', { id: A })
  for (let i = 0; i < 8; i++) {
    t.equal(await offeredTo(t, relay, [older, newer], { 'Microsoft-Relay-AllowedListeners': A }), 1)
  }
})

test('a channel that ends before its listener dialled fails over to another within the same wait', async (t) => {
  const relay = await startRelay(t, { profile: '2017' })
  const first = await listen(t, relay, 'open')
  const second = await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open')
  const lost = await first.next()
  first.socket.terminate()
  const rendezvous = await second.join()
  t.equal((await rendezvous.head()).status, 101)
  t.equal((await sender.head()).status, 101)
  const late = await first.join({}, lost)
  t.match(await late.head(), { status: 403, reason: /^Unknown Connection ID/ })
  const [row] = await connectionsOf(relay)
  const rows = await listenersOf(relay)
  t.equal(row?.listener?.id, rows.find(({ ended }) => ended === null)?.id)
})

test('the last channel that ends leaves the sender with the error for nobody accepting at once, relay-protocol 3.6', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open')
  await listener.next()
  listener.socket.close(1000)
  t.match(await sender.head(), { status: 404, reason: /^None of the connected listeners accepted/ })
})

test('a channel that is being closed gets no offers', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const [row] = await listenersOf(relay)
  await callAdmin(relay, 'DELETE', `listeners/${row?.id}?how=1011`)
  const sender = await openUpgrade(t, relay, '/$hc/open')
  t.match(await sender.head(), { status: 404 })
  t.match(await factOf(relay, 'senderRefused'), { code: 'RELAY_NO_LISTENERS' })
  t.match(await listener.closed, { code: 1011 })
})
