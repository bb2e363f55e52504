import { once } from 'node:events'
import { test } from 'tap'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { callAdmin, factOf, listenersOf } from '../harness/facts.ts'
import { listen, openPair } from '../harness/listener.ts'
import { WEBSOCKET_ACCEPT, openUpgrade } from '../harness/raw-peer.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e'
const NAMESPACES = [
  {
    name: 'contoso',
    hybridConnections: [{ name: 'open', requiresClientAuthorization: false }],
  },
]
const withLimits = (limits: object) => ({ configuration: { limits, namespaces: NAMESPACES } })

/** A control channel as bytes, behind its 101. */
async function rawListener(t: Parameters<typeof openUpgrade>[0], relay: TestRelay) {
  const peer = await openUpgrade(t, relay, `/$hc/open?sb-hc-action=listen&sb-hc-id=${ID}`, {
    headers: {
      ServiceBusAuthorization: relay.token(),
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol': 'one, two',
    },
  })
  return { peer, head: await peer.head() }
}

test('the 101 of a control channel is what the strictest client takes, relay-protocol 3.1, 9.2', async (t) => {
  const relay = await startRelay(t)
  const { peer, head } = await rawListener(t, relay)
  t.equal(head.status, 101)
  t.equal(head.header('connection'), 'Upgrade')
  t.equal(head.header('upgrade')?.toLowerCase(), 'websocket')
  t.equal(head.header('sec-websocket-accept'), WEBSOCKET_ACCEPT)
  t.equal(head.header('sec-websocket-extensions'), undefined)
  t.equal(head.header('sec-websocket-protocol'), undefined)
  t.equal(head.header('trackingid'), `${ID}_G0`)
  t.equal((await factOf(relay, 'listenerConnected')).operation, 'NewListenerRegistered')
  peer.send(OPCODE.ping, 'hello')
  t.match(await peer.frame(), { opcode: OPCODE.pong, payload: Buffer.from('hello') })
  peer.send(OPCODE.close, '')
  const close = await peer.frame()
  t.strictSame(
    [close.opcode, close.payload.length],
    [OPCODE.close, 0],
    'an empty Close is echoed empty',
  )
})

test('a list of sub-protocols that cannot be read is no reason to refuse a listener', async (t) => {
  const relay = await startRelay(t)
  for (const offered of [' ', 'one, one', 'one two', ',']) {
    const headers = {
      ServiceBusAuthorization: relay.token(),
      'Sec-WebSocket-Protocol': offered,
    }
    const peer = await openUpgrade(t, relay, '/$hc/open?sb-hc-action=listen', { headers })
    const head = await peer.head()
    t.equal(head.status, 101, offered)
    t.equal(head.header('sec-websocket-protocol'), undefined, offered)
  }
})

test('what a control channel does not understand changes nothing, relay-protocol 3.3', async (t) => {
  const relay = await startRelay(t)
  const { peer } = await rawListener(t, relay)
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"hello":{}}',
    '{"renewToken":{}}',
    '{"response":7}',
  ]) {
    peer.send(OPCODE.text, text)
  }
  peer.send(OPCODE.binary, Buffer.alloc(1000, 0xff))
  peer.send(OPCODE.pong, 'unasked')
  peer.send(OPCODE.ping, 'still there')
  t.match(await peer.frame(), { opcode: OPCODE.pong })
  await openUpgrade(t, relay, '/$hc/open')
  t.ok((await peer.frame()).payload.toString().startsWith('{"accept":'))
})

const BREACHES: [name: string, bytes: Buffer][] = [
  ['an unmasked frame', Buffer.from([0x81, 1, 65])],
  ['a reserved bit', Buffer.from([0xc1, 0x80, 1, 2, 3, 4])],
  ['an unknown opcode', Buffer.from([0x83, 0x80, 1, 2, 3, 4])],
  ['a fragmented ping', Buffer.from([0x09, 0x80, 1, 2, 3, 4])],
]
for (const [name, bytes] of BREACHES) {
  test(`a control channel is closed with 1002 for ${name}`, async (t) => {
    const relay = await startRelay(t)
    const { peer } = await rawListener(t, relay)
    peer.socket.write(bytes)
    const { opcode, payload } = await peer.frame()
    t.strictSame([opcode, payload.readUInt16BE(0)], [OPCODE.close, 1002])
    const sender = await openUpgrade(t, relay, '/$hc/open')
    t.match(await sender.head(), { status: 404, reason: /^There are no listeners/ })
  })
}

test('a message that is longer than any command closes the channel with 1009', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  listener.socket.send(Buffer.alloc(1024 * 1024))
  t.match(await listener.closed, { code: 1009 })
})

test('a renewed token prolongs the channel, and a bad one ends it with 1008, relay-protocol 3.5', async (t) => {
  const relay = await startRelay(t)
  const send = (socket: { send(text: string): void }, token: string) =>
    socket.send(JSON.stringify({ renewToken: { token } }))
  const listener = await listen(t, relay, 'demo', { token: relay.token({ seconds: 100 }) })
  const expiry = async () => Date.parse((await listenersOf(relay))[0]?.tokenExpiresAt ?? '')
  const before = await expiry()
  send(
    listener.socket,
    relay.token({ rule: 'defaultListener', entity: 'demo', path: 'demo', seconds: 5000 }),
  )
  t.match(await factOf(relay, 'tokenRenewed'), { hybridConnection: 'demo' })
  t.ok((await expiry()) - before > 4_000_000)
  t.equal((await listenersOf(relay))[0]?.rule, 'defaultListener')

  const bad: [string, RegExp][] = [
    ['com.microsoft.azure.relay.SecurityToken@1a2b3c', /^MalformedToken: /],
    [relay.token({ seconds: -10 }), /^ExpiredToken: /],
    [relay.token({ path: 'open' }), /^InvalidAudience: /],
    [relay.token({ rule: 'defaultSender', entity: 'demo', path: 'demo' }), /^Authorization failed/],
    [relay.token().replace(/sig=..../, 'sig=AAAA'), /^InvalidSignature: /],
  ]
  for (const [token, text] of bad) {
    const other = await listen(t, relay, 'demo', { id: ID })
    send(other.socket, token)
    const { code, reason } = await other.closed
    t.equal(code, 1008)
    t.match(reason, text)
    t.ok(reason.includes(`TrackingId:${ID}_G0`), reason)
    t.ok(Buffer.byteLength(reason) <= 123)
  }
  t.equal(listener.socket.readyState, listener.socket.OPEN)
})

test('a token that ends closes its channel with 1008 and leaves tunnels alone, relay-protocol 3.5, 9.3', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay)
  const listener = await listen(t, relay, 'open', { token: relay.token({ seconds: 3 }) })
  const { code, reason } = await listener.closed
  t.equal(code, 1008)
  t.match(reason, /^ExpiredToken: .*TrackingId:/)
  t.match(reason, / SystemTracker:sb:\/\/localhost\/open, /, 'the host that the listener dialled')
  t.equal((await factOf(relay, 'tokenRefused')).operation, 'ListenerClosingFromExpiredToken')
  sender.send(OPCODE.text, 'still open')
  t.equal((await rendezvous.frame()).payload.toString(), 'still open')
})

test('grace lets a channel live on after its token, but opens no new one', async (t) => {
  let nowMs = Date.now()
  const relay = await startRelay(t, { ...withLimits({ tokenGraceSeconds: 300 }), now: () => nowMs })
  const token = relay.token({ seconds: 60 })
  const listener = await listen(t, relay, 'open', { token })
  nowMs += 120_000
  const refused = await openUpgrade(t, relay, '/$hc/open?sb-hc-action=listen', {
    headers: { ServiceBusAuthorization: token },
  })
  t.match(await refused.head(), { status: 401, reason: /^ExpiredToken: / })
  await openUpgrade(t, relay, '/$hc/open')
  t.ok(await listener.next())
})

test('a listener that does not answer pings is cut, and one that does is not', async (t) => {
  const relay = await startRelay(t, withLimits({ pingIntervalMs: 40 }))
  const good = await listen(t, relay, 'open')
  const bad = await listen(t, relay, 'open', { autoPong: false })
  t.match(await bad.closed, { code: 1006 })
  t.equal((await factOf(relay, 'listenerUnresponsive')).operation, 'ListenerUnresponsive')
  t.equal(good.socket.readyState, good.socket.OPEN)
  const rows = await listenersOf(relay)
  t.match(
    rows.find(({ ended }) => ended === null),
    { lastPongAt: String },
  )
  t.match(
    rows.find(({ ended }) => ended !== null),
    { ended: { by: 'relay' } },
  )
})

for (const [how, code] of [
  ['1001', 1001],
  ['1011', 1011],
  ['cut', 1006],
] as const) {
  test(`a listener dropped through the API by ${how} sees ${code}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listen(t, relay, 'open')
    const [row] = await listenersOf(relay)
    await callAdmin(relay, 'DELETE', `listeners/${row?.id}?how=${how}`)
    t.match(await listener.closed, { code })
    await factOf(relay, 'listenerDisconnected')
    t.match(await listenersOf(relay), [{ ended: { by: 'relay' } }])
  })
}

test('a channel that is closed makes room at once, whether its peer answers or not', async (t) => {
  const relay = await startRelay(t, withLimits({ listenersPerHybridConnection: 1 }))
  const { peer } = await rawListener(t, relay)
  const [row] = await listenersOf(relay)
  await callAdmin(relay, 'DELETE', `listeners/${row?.id}?how=1001`)
  t.equal((await peer.frame()).opcode, OPCODE.close)
  await listen(t, relay, 'open')
})

test('a ws listener that reconnects by itself is found again after the relay cut it', async (t) => {
  const relay = await startRelay(t)
  const first = await listen(t, relay, 'open', { id: ID })
  const again = once(first.socket, 'close').then(() => listen(t, relay, 'open', { id: ID }))
  const [row] = await listenersOf(relay)
  await callAdmin(relay, 'DELETE', `listeners/${row?.id}?how=cut`)
  const second = await again
  const sender = await openUpgrade(t, relay, '/$hc/open')
  const rendezvous = await second.join()
  t.equal((await rendezvous.head()).status, 101)
  t.equal((await sender.head()).status, 101)
})
