import { test } from 'tap'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { clientFrame } from '../../protocol/websocket/testing/reference-frames.ts'
import { connectionsOf, factOf } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { WEBSOCKET_ACCEPT, WEBSOCKET_KEY, openUpgrade, targetOf } from '../harness/raw-peer.ts'
import { startRelay } from '../harness/relay.ts'

const ID = '0F8FAD5B-d9cb-469f-a165-70867728950e'
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_G0$/

for (const port of ['plain', 'tls'] as const) {
  test(`the sender hears nothing before the listener came, then both get their 101, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listen(t, relay, 'open', { port })
    const sender = await openUpgrade(t, relay, `/$hc/open?sb-hc-id=${ID}`, { port })
    const accept = await listener.next()
    t.equal(sender.received, 0, 'relay-protocol 4.1.3')
    const rendezvous = await listener.join({}, accept)
    const [atSender, atListener] = await Promise.all([sender.head(), rendezvous.head()])
    for (const head of [atSender, atListener]) {
      t.equal(head.status, 101)
      t.equal(head.header('connection'), 'Upgrade')
      t.equal(head.header('upgrade')?.toLowerCase(), 'websocket')
      t.equal(head.header('sec-websocket-accept'), WEBSOCKET_ACCEPT)
      t.equal(head.header('sec-websocket-protocol'), undefined)
      t.equal(head.header('sec-websocket-extensions'), undefined)
      t.equal(head.header('trackingid'), `${ID}_G0`)
    }
    sender.send(OPCODE.text, 'there')
    rendezvous.send(OPCODE.binary, 'back')
    t.match(await rendezvous.frame(), { opcode: OPCODE.text, payload: Buffer.from('there') })
    t.match(await sender.frame(), { opcode: OPCODE.binary, payload: Buffer.from('back') })
  })

  test(`bytes that come with a handshake, or while the sender waits, are not lost, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listen(t, relay, 'open', { port })
    const frame = (text: string) => clientFrame(OPCODE.binary, Buffer.from(text))
    const sender = await openUpgrade(t, relay, '/$hc/open', { port, early: frame('with the head') })
    const accept = await listener.next()
    sender.socket.write(frame('while waiting'))
    const large = Buffer.alloc(400_000, 'more than the relay keeps')
    sender.socket.write(clientFrame(OPCODE.binary, large))
    const rendezvous = await listener.join({ early: frame('from the listener') }, accept)
    await Promise.all([sender.head(), rendezvous.head()])
    t.equal((await rendezvous.frame()).payload.toString(), 'with the head')
    t.equal((await rendezvous.frame()).payload.toString(), 'while waiting')
    t.ok((await rendezvous.frame()).payload.equals(large))
    t.equal((await sender.frame()).payload.toString(), 'from the listener')
  })
}

test('the accept message is the one of relay-protocol 4.2', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'demo', { headers: { Host: 'relay.example:8443' } })
  const odd = '!#$%&*+-.^_`|~09AZaz'
  const sender = await openUpgrade(
    t,
    relay,
    `/$hc/Demo/my%20path?b=2&&sb-hc-action=connect&a=%2f&sb-hc-id=${ID}-more&sb-hc-undefined&SB-hc-x=1`,
    {
      headers: {
        Host: `127.0.0.1:${relay.plainPort}`,
        ServiceBusAuthorization: relay.token({
          rule: 'defaultSender',
          entity: 'demo',
          path: 'demo',
        }),
        Authorization: 'Basic b3duOm93bg==',
        'Relay-User-Agent': 'azure-relay-dotnet/3.0.1',
        'Sec-WebSocket-Protocol': 'one, two',
        'Sec-WebSocket-Extensions': 'permessage-deflate',
        CustomHeader1: 'Some value here; other-value/here.',
        [odd]: 'odd',
        Twice: 'a\r\nTwice: b\r\ntwICE: c',
        Cookie: 'x=1\r\nCookie: y=2',
      },
    },
  )
  const accept = await listener.next()
  const raw = listener.messages[0] ?? ''
  t.strictSame(Object.keys(JSON.parse(raw)), ['accept'])
  t.strictSame(Object.keys(accept), ['address', 'id', 'connectHeaders', 'remoteEndpoint'])
  t.equal(accept.id, `${ID}-more_G0`)
  t.match(
    accept.address,
    /^ws:\/\/relay\.example:8443\/\$hc\/Demo\/my%20path\?b=2&&a=%2f&sb-hc-undefined&sb-hc-action=accept&sb-hc-id=0F8FAD5B-d9cb-469f-a165-70867728950e-more_G0&sb-hc-[a-z]+=[0-9a-f]{33,}$/,
  )
  t.strictSame(accept.connectHeaders, {
    Host: `127.0.0.1:${relay.plainPort}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': WEBSOCKET_KEY,
    'Sec-WebSocket-Version': '13',
    Authorization: 'Basic b3duOm93bg==',
    'Relay-User-Agent': 'azure-relay-dotnet/3.0.1',
    'Sec-WebSocket-Protocol': 'one, two',
    'Sec-WebSocket-Extensions': 'permessage-deflate',
    CustomHeader1: 'Some value here; other-value/here.',
    [odd]: 'odd',
    Twice: 'a, b, c',
    Cookie: 'x=1; y=2',
  })
  const { localPort } = sender.socket
  t.strictSame(accept.remoteEndpoint, { address: '127.0.0.1', port: localPort })
})

test('over TLS the address is wss and has the Host of the listener', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open', { port: 'tls' })
  await openUpgrade(t, relay, '/$hc/open?sb-hc-id=not-a-guid')
  const { address, id } = await listener.next()
  t.ok(address.startsWith(`wss://localhost:${relay.port}/$hc/open?sb-hc-action=accept&sb-hc-id=`))
  t.match(id, GUID, 'Java reads the first 36 characters as a GUID')
})

test('Authorization is taken from the listener only where it was the credential, relay-protocol 2.4', async (t) => {
  const relay = await startRelay(t)
  const token = relay.token()
  const seen = async (path: string, target: string, headers: Record<string, string>) => {
    const listener = await listen(t, relay, path)
    const sender = await openUpgrade(t, relay, target, { headers })
    const { connectHeaders, address } = await listener.next()
    t.notOk(JSON.stringify(connectHeaders).toLowerCase().includes('servicebusauthorization'))
    t.notOk(
      address.includes('token') || address.includes('sas-key'),
      'no credential in the address',
    )
    sender.reset()
    listener.socket.close()
    await listener.closed
    return connectHeaders['Authorization']
  }
  const query = `/$hc/demo?sb-hc-token=${encodeURIComponent(token)}`
  const form = `/$hc/demo?sb-hc-token=${encodeURIComponent(token).replaceAll('%20', '+')}`
  t.equal(await seen('demo', '/$hc/demo', { Authorization: token }), undefined)
  t.equal(await seen('demo', query, { Authorization: 'Bearer x' }), 'Bearer x')
  t.equal(await seen('demo', form, {}), undefined)
  t.equal(
    await seen('demo', '/$hc/demo', { ServiceBusAuthorization: token, Authorization: 'Bearer x' }),
    'Bearer x',
  )
  t.equal(await seen('open', '/$hc/open', { Authorization: 'Bearer x' }), 'Bearer x')
  t.equal(
    await seen('open', '/$hc/open?sb-hc-token=%zz', { ServiceBusAuthorization: 'bad' }),
    undefined,
    'a bad token is no fault on an anonymous entity',
  )
})

test('a rule name and its key in the query are a credential too', async (t) => {
  const relay = await startRelay(t)
  const [namespace] = relay.server.namespaces
  const [rule] = namespace?.authorizationRules ?? []
  const listener = await listen(t, relay, 'demo')
  await openUpgrade(
    t,
    relay,
    `/$hc/demo?sb-hc-sas-key-name=${rule?.name}&sb-hc-sas-key=${encodeURIComponent(rule?.primaryKey ?? '')}`,
  )
  t.notOk((await listener.next()).address.includes('sas-key'))
})

test('an sb-hc-id that cannot be read is replaced like any that is no GUID', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  await openUpgrade(t, relay, '/$hc/open?sb-hc-id=%zz')
  const { address, id } = await listener.next()
  t.match(id, GUID)
  t.notOk(address.includes('%zz'))
})

test('an address is good once', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open')
  const accept = await listener.next()
  const first = await listener.join({}, accept)
  t.equal((await first.head()).status, 101)
  const second = await listener.join({}, accept)
  t.match(await second.head(), { status: 403, reason: /^Unknown Connection ID: [0-9a-f-]{36}_G0/ })
  await sender.head()
  first.send(OPCODE.text, 'still open')
  t.equal((await sender.frame()).payload.toString(), 'still open')
})

test('a malformed handshake at the address does not use it up', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  await openUpgrade(t, relay, '/$hc/open')
  const accept = await listener.next()
  const bad = await listener.join({ headers: { 'Sec-WebSocket-Version': '7' } }, accept)
  t.equal((await bad.head()).status, 400)
  t.equal((await (await listener.join({}, accept)).head()).status, 101)
})

for (const port of ['plain', 'tls'] as const) {
  test(`a sender that leaves while it waits is forgotten, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listen(t, relay, 'open', { port })
    const sender = await openUpgrade(t, relay, '/$hc/open', { port })
    const accept = await listener.next()
    sender.socket.end()
    await factOf(relay, 'connectionClosed')
    t.match(await connectionsOf(relay), [{ phase: 'abandoned', closedBy: 'sender' }])
    const late = await listener.join({ port }, accept)
    t.match(await late.head(), { status: 403, reason: /^Unknown Connection ID/ })
    await sender.closed
  })
}

test('the listener chooses the sub-protocol, and both sides are told, relay-protocol 4.4', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const meet = async (offered: string, chosen: string) => {
    const sender = await openUpgrade(t, relay, '/$hc/open', {
      headers: {
        'Sec-WebSocket-Protocol': offered,
        'Sec-WebSocket-Extensions': 'permessage-deflate',
      },
    })
    const rendezvous = await listener.join({
      headers: {
        'Sec-WebSocket-Protocol': chosen,
        'Sec-WebSocket-Extensions': 'permessage-deflate',
      },
    })
    const heads = await Promise.all([sender.head(), rendezvous.head()])
    t.strictSame(
      heads.map((head) => head.header('sec-websocket-extensions')),
      [undefined, undefined],
    )
    return heads.map((head) => head.header('sec-websocket-protocol'))
  }
  t.strictSame(await meet('one, two', 'two'), ['two', 'two'])
  t.strictSame(await meet('one, two', ''), [undefined, undefined])
  t.strictSame(await meet('', ''), [undefined, undefined])
  t.strictSame(await meet('one', 'first, second'), ['first', 'first'])
  t.strictSame(await meet('one', 'other'), ['other', 'other'])
})

const REJECTIONS: [parameters: string, status: number, reason: string][] = [
  [
    '&sb-hc-statusCode=400&sb-hc-statusDescription=Rejected+by+user+code',
    400,
    'Rejected by user code',
  ],
  ['&sb-hc-statusCode=401&sb-hc-statusDescription=Unauthorized', 401, 'Unauthorized'],
  ['&statusCode=403&statusDescription=Not%20this%20one%2Bplus+', 403, 'Not this one+plus+'],
  ['&sb-hc-statusCode=502&sb-hc-statusDescription=TrackingId%3A+mine.', 502, 'TrackingId: mine.'],
  ['&sb-hc-statusCode=302&sb-hc-statusDescription=Found', 302, 'Found'],
  ['&sb-hc-statusCode=204&sb-hc-statusDescription=None', 204, 'None'],
  ['&sb-hc-statusCode=999&sb-hc-statusDescription=Odd', 999, 'Odd'],
  ['&sb-hc-statusCode=101&sb-hc-statusDescription=Never', 400, 'Never'],
  [
    '&sb-hc-statusCode=418&sb-hc-statusDescription=a%0d%0aSet-Cookie:+b%3dc%0d%0a%0d%0abody',
    418,
    'a  Set-Cookie: b=c    body',
  ],
  [
    '&sb-hc-statusCode=400&sb-hc-statusDescription=gr%C3%BC%C3%9Fe+%E2%82%AC',
    400,
    'gr\u00fc\u00dfe ?',
  ],
  ['&sb-hc-statusCode=400', 400, ''],
]

test('a rejection reaches the sender as the listener worded it, and the listener gets 410, relay-protocol 4.5', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  for (const [parameters, status, reason] of REJECTIONS) {
    const sender = await openUpgrade(t, relay, '/$hc/open')
    const rejecter = await listener.reject(parameters)
    const [atSender, atListener] = await Promise.all([sender.head(), rejecter.head()])
    t.match(atListener, { status: 410, reason: 'Gone' }, parameters)
    t.strictSame([atSender.status, atSender.reason], [status, reason], parameters)
    t.equal(atSender.header('set-cookie'), undefined)
    await sender.ended
  }
  t.match((await connectionsOf(relay))[0], { phase: 'rejected', closedBy: 'listener', code: 400 })
})

test('a rejection with a status that is none is refused and can be said again', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open')
  const { address } = await listener.next()
  for (const code of ['99', '1000', 'abc', '']) {
    const bad = await openUpgrade(t, relay, `${targetOf(address)}&sb-hc-statusCode=${code}`)
    t.match(await bad.head(), {
      status: 400,
      reason: /^sb-hc-statusCode must be an integer between 100 and 999\. TrackingId:/,
    })
  }
  await openUpgrade(t, relay, `${targetOf(address)}&statusCode=404&statusDescription=no`)
  t.match(await sender.head(), { status: 404, reason: 'no' })
})

test('a sender’s own statusCode is no rejection', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open?statusCode=400&statusDescription=mine')
  const rendezvous = await listener.join()
  t.equal((await rendezvous.head()).status, 101)
  t.equal((await sender.head()).status, 101)
})
