import { test } from 'tap'
import { mintSasToken } from '../../protocol/sas.ts'
import { connectionsOf, factOf } from '../harness/facts.ts'
import { listenHttp } from '../harness/http-listener.ts'
import { listen } from '../harness/listener.ts'
import { type Upgrade, WEBSOCKET_KEY, openRaw, openUpgrade } from '../harness/raw-peer.ts'
import { readAnswer, requestBytes, sendRequest } from '../harness/raw-request.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'
import { until } from '../harness/sandbox.ts'

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e'
const LISTEN = `/$hc/demo?sb-hc-action=listen&sb-hc-id=${ID}`
const CONNECT = `/$hc/demo?sb-hc-action=connect&sb-hc-id=${ID}`

type Case = {
  readonly name: string
  readonly target: string
  readonly upgrade?: (relay: TestRelay) => Upgrade
  readonly status: number
  /** What comes before the tracking suffix. */
  readonly text: string
  /** Path in the SystemTracker. */
  readonly path?: string
}

const withToken =
  (options: Parameters<TestRelay['token']>[0] = {}) =>
  (relay: TestRelay): Upgrade => ({ headers: { ServiceBusAuthorization: relay.token(options) } })
const withText = (text: string) => (): Upgrade => ({ headers: { ServiceBusAuthorization: text } })

/** A second in 2001. */
const PAST_SECONDS = 1_000_000_000
const withEndedToken = (relay: TestRelay): Upgrade => ({
  headers: {
    ServiceBusAuthorization: relay.token({ seconds: PAST_SECONDS - Math.floor(Date.now() / 1000) }),
  },
})

/** Refusals of both roles. Source: relay-protocol 2.8, 3.2, 4.6. */
const CASES: Case[] = [
  ...[LISTEN, CONNECT].flatMap((target): Case[] => [
    {
      name: 'no token',
      target,
      status: 401,
      text: 'MissingToken: Relay security token is required.',
    },
    {
      name: 'a token of no known form',
      target,
      upgrade: withText('nonsense'),
      status: 401,
      text: 'MalformedToken: The token is malformed: it does not begin with SharedAccessSignature.',
    },
    {
      name: 'a wrong key',
      target,
      upgrade: () =>
        withText(
          mintSasToken({
            resource: 'http://localhost/demo',
            keyName: 'RootManageSharedAccessKey',
            key: 'wrong',
            expirySeconds: 4_000_000_000,
          }),
        )(),
      status: 401,
      text: 'InvalidSignature: The token has an invalid signature.',
    },
    {
      name: 'an ended token',
      target,
      upgrade: withEndedToken,
      status: 401,
      text: "ExpiredToken: The token is expired. Expiration time: '2001-09-09 01:46:4",
    },
    {
      name: 'a token for another entity',
      target,
      upgrade: withToken({ path: 'open' }),
      status: 401,
      text: 'InvalidAudience: The authorization header contains a token with a wrong audience.',
    },
    {
      name: 'an unknown entity with a good token',
      target: target.replace('demo', 'demo2/deep'),
      upgrade: withToken(),
      status: 404,
      text: 'Endpoint does not exist.',
      path: 'demo2/deep',
    },
    {
      name: 'an unknown entity without a token: the token comes first',
      target: target.replace('demo', 'nothing'),
      status: 401,
      text: 'MissingToken: Relay security token is required.',
      path: 'nothing',
    },
    {
      name: 'a WebSocket version that is not 13',
      target,
      upgrade: () => ({ headers: { 'Sec-WebSocket-Version': '8' } }),
      status: 400,
      text: 'BadRequest: The WebSocket handshake is malformed, Sec-WebSocket-Version is not 13.',
    },
    {
      name: 'a WebSocket key that is none',
      target,
      upgrade: () => ({ headers: { 'Sec-WebSocket-Key': 'short' } }),
      status: 400,
      text: 'BadRequest: The WebSocket handshake is malformed, Sec-WebSocket-Key is not 16 bytes of base64.',
    },
  ]),
  {
    name: 'a sender’s right only',
    target: LISTEN,
    upgrade: withToken({ rule: 'defaultSender', entity: 'demo', path: 'demo' }),
    status: 401,
    text: 'Authorization failed for specified action: Listen.',
  },
  {
    name: 'a listener’s right only',
    target: CONNECT,
    upgrade: withToken({ rule: 'defaultListener', entity: 'demo', path: 'demo' }),
    status: 401,
    text: 'Authorization failed for specified action: Send.',
  },
  {
    name: 'no listener',
    target: CONNECT,
    upgrade: withToken(),
    status: 404,
    text: 'There are no listeners connected for the endpoint.',
  },
  {
    name: 'an unknown action',
    target: `/$hc/demo?sb-hc-action=%22fly%22&sb-hc-id=${ID}`,
    status: 400,
    text: 'Unsupported action \'"fly"\'',
  },
  {
    name: 'an action that would write a header of its own',
    target: `/$hc/demo?sb-hc-action=x%0d%0aSet-Cookie:a=b&sb-hc-id=${ID}`,
    status: 400,
    text: "Unsupported action 'x  Set-Cookie:a=b'",
  },
  {
    name: 'an upgrade beside $hc, relay-protocol 1.1 fact 2',
    target: `/demo?sb-hc-action=connect&sb-hc-id=${ID}`,
    upgrade: withToken(),
    status: 404,
    text: 'Endpoint does not exist.',
  },
  {
    name: 'an accept address that was never given',
    target: `/$hc/demo?sb-hc-action=accept&sb-hc-id=${ID}`,
    status: 403,
    text: `Unknown Connection ID: ${ID}. Is the listener accepting the connection too late?`,
  },
  {
    name: 'a reject with a status that is none',
    target: `/$hc/demo?sb-hc-action=accept&sb-hc-id=${ID}&sb-hc-statusCode=99`,
    status: 400,
    text: 'sb-hc-statusCode must be an integer between 100 and 999.',
  },
]

test('every refusal has its status, and its text with the tracking suffix as reason phrase', async (t) => {
  const relay = await startRelay(t)
  for (const { name, target, upgrade, status, text, path = 'demo' } of CASES) {
    const peer = await openUpgrade(t, relay, target, upgrade?.(relay))
    const head = await peer.head()
    const shown = `${target} with ${name}`
    t.equal(head.status, status, shown)
    t.equal(head.reason.slice(0, text.length), text, shown)
    const tracker = head.reason.includes('SystemTracker:sb://') ? 'sb://localhost/' : 'localhost:'
    const suffix = head.reason.slice(head.reason.indexOf(' TrackingId:'))
    t.match(
      suffix,
      /^ TrackingId:0f8fad5b-d9cb-469f-a165-70867728950e_G0, SystemTracker:(sb:\/\/localhost\/|localhost:)[^ ]*, Timestamp:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
      shown,
    )
    t.ok(suffix.includes(`SystemTracker:${tracker}${path},`), shown)
    t.equal(head.header('connection'), 'close', shown)
    const body = await peer.rest()
    t.equal(Buffer.byteLength(body), Number(head.header('content-length')), shown)
    t.ok(body.includes(text), shown)
    t.equal(head.header('set-cookie'), undefined, shown)
  }
})

test('an upgrade of HTTP/1.0 is refused, relay-protocol 9.1', async (t) => {
  const relay = await startRelay(t)
  const peer = await openRaw(t, relay)
  peer.socket.write(
    `GET /$hc/open HTTP/1.0\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${WEBSOCKET_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  t.match(await peer.head(), { status: 400, reason: /, it is not HTTP\/1\.1\. TrackingId:/ })
})

test('a refused sender is kept as an ended connection, and a refused listener is a fact', async (t) => {
  const relay = await startRelay(t)
  const sender = await openUpgrade(t, relay, CONNECT)
  await sender.ended
  t.match(await connectionsOf(relay), [
    { phase: 'refused', closedBy: 'relay', code: 401, hybridConnection: 'demo', listener: null },
  ])
  const listener = await openUpgrade(t, relay, LISTEN)
  await listener.ended
  t.match(await factOf(relay, 'listenerRefused'), {
    code: 'RELAY_TOKEN_MISSING',
    operation: 'InvalidSasToken',
    trackingId: `${ID}_G0`,
  })
})

test('the status of a missing claim can be 403', async (t) => {
  const relay = await startRelay(t, {
    configuration: { limits: { missingClaimStatus: 403 }, ...DEMO },
  })
  const peer = await openUpgrade(
    t,
    relay,
    LISTEN,
    withToken({ rule: 'send', entity: 'demo' })(relay),
  )
  const { status, reason } = await peer.head()
  t.equal(status, 403)
  t.match(reason, /^Authorization failed for specified action: Listen\./)
})

test('nobody accepts in time: 404, or the status that is configured', async (t) => {
  for (const acceptTimeoutStatus of [404, 408, 504]) {
    const limits = { acceptTimeoutMs: 30, acceptTimeoutStatus }
    const relay = await startRelay(t, { configuration: { limits, ...DEMO } })
    const listener = await listen(t, relay, 'demo')
    const sender = await openUpgrade(t, relay, CONNECT, withToken()(relay))
    const { status, reason } = await sender.head()
    t.equal(status, acceptTimeoutStatus)
    t.match(
      reason,
      /^None of the connected listeners accepted the connection within the allowed timeout\. TrackingId:/,
    )
    t.match(await connectionsOf(relay), [{ phase: 'timedOut', closedBy: 'relay' }])
    const late = await listener.join()
    t.match(await late.head(), { status: 403, reason: /^Unknown Connection ID: 0f8fad5b/ })
    t.equal((await factOf(relay, 'acceptTimedOut')).operation, 'ListenerAcceptingConnectionTimeout')
  }
})

test('headers that do not fit into an accept message are refused with 431, relay-protocol 3.3', async (t) => {
  const relay = await startRelay(t)
  await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open', { headers: { Big: '"'.repeat(40_000) } })
  t.match(await sender.head(), { status: 431, reason: /^RequestHeaderFieldsTooLarge: / })
})

test('the 26th listener is refused with the name of the quota, and takes a place that is free again', async (t) => {
  const relay = await startRelay(t)
  const listeners = await Promise.all(Array.from({ length: 25 }, () => listen(t, relay, 'demo')))
  const refused = await openUpgrade(t, relay, LISTEN, withToken()(relay))
  const { status, reason } = await refused.head()
  t.equal(status, 403)
  t.match(reason, /MaximumListenersPerEndpoint/)
  listeners[0]?.socket.close(1000)
  await listeners[0]?.closed
  await listen(t, relay, 'demo')
})

test('the quota of connections counts control channels, waiting senders and both sockets of a pair', async (t) => {
  const limits = { connectionsPerNamespace: 3 }
  const relay = await startRelay(t, { configuration: { limits, ...DEMO } })
  const headers = { ServiceBusAuthorization: relay.token() }
  const listener = await listen(t, relay, 'demo')
  const sender = await openUpgrade(t, relay, CONNECT, { headers })
  const rendezvous = await listener.join()
  await Promise.all([sender.head(), rendezvous.head()])
  for (const target of [CONNECT, LISTEN]) {
    const refused = await openUpgrade(t, relay, target, { headers })
    t.match(await refused.head(), { status: 403, reason: /^QuotaExceeded: .*connections/ })
  }
  sender.reset()
  await factOf(relay, 'connectionClosed')
  await listen(t, relay, 'demo')
})

test('the quota of connections counts senders of HTTP requests, which get 429', async (t) => {
  const limits = { connectionsPerNamespace: 2 }
  const relay = await startRelay(t, { configuration: { limits, ...DEMO } })
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const refused = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  t.match(await refused.head(), { status: 429, reason: /^QuotaExceeded: / })
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
  sender.socket.destroy()
  refused.socket.destroy()
  const answered = listener.next().then((later) => listener.answer(later.request))
  await until('the relay notices that both are gone', async () => {
    const later = await sendRequest(t, relay, 'GET /open HTTP/1.1')
    const { status } = await later.head()
    later.socket.destroy()
    return status === 200
  })
  await answered
})

test('a connection that becomes a WebSocket behind a request counts once', async (t) => {
  const limits = { connectionsPerNamespace: 4 }
  const relay = await startRelay(t, { configuration: { limits, ...DEMO } })
  const headers = { ServiceBusAuthorization: relay.token() }
  const listener = await listen(t, relay, 'demo')
  const sender = await sendRequest(t, relay, 'GET /demo HTTP/1.1')
  t.equal((await readAnswer(sender)).status, 401)
  sender.socket.write(
    requestBytes(`GET ${CONNECT} HTTP/1.1`, {
      headers: [
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${WEBSOCKET_KEY}`,
        'Sec-WebSocket-Version: 13',
        `ServiceBusAuthorization: ${relay.token()}`,
      ],
    }),
  )
  const rendezvous = await listener.join()
  t.equal((await sender.head()).status, 101)
  await rendezvous.head()
  await listen(t, relay, 'demo')
  const fifth = await openUpgrade(t, relay, LISTEN, { headers })
  t.equal((await fifth.head()).status, 403)
  sender.reset()
  await factOf(relay, 'connectionClosed')
  await listen(t, relay, 'demo')
  await listen(t, relay, 'demo')
  const next = await openUpgrade(t, relay, LISTEN, { headers })
  t.equal((await next.head()).status, 403, 'nothing was taken out of the count twice')
})

test('several namespaces share a port by their names, and an unknown name gets 404', async (t) => {
  const namespace = (name: string, hybridConnection: string) => ({
    name,
    hybridConnections: [{ name: hybridConnection, requiresClientAuthorization: false }],
  })
  const relay = await startRelay(t, {
    configuration: { namespaces: [namespace('contoso', 'first'), namespace('fabrikam', 'second')] },
  })
  const ask = async (host: string, path: string) => {
    const peer = await openUpgrade(t, relay, `/$hc/${path}`, { headers: { Host: host } })
    return (await peer.head()).reason.replace(/ TrackingId:.*/, '')
  }
  const none = 'There are no listeners connected for the endpoint.'
  const unknown = 'Endpoint does not exist.'
  t.equal(await ask('contoso.servicebus.windows.net', 'first'), none)
  t.equal(await ask('FABRIKAM.servicebus.localhost:443', 'second'), none)
  t.equal(await ask('localhost', 'first'), none)
  t.equal(
    await ask('fabrikam.servicebus.windows.net', 'first'),
    'MissingToken: Relay security token is required.',
  )
  t.equal(await ask('elsewhere.example', 'first'), unknown)
  const peer = await sendRequest(t, relay, 'GET /first/x?y HTTP/1.1', {
    headers: ['Host: elsewhere.example:1'],
  })
  t.match((await peer.head()).reason, ', SystemTracker:elsewhere.example:first/x, Timestamp:')
})

const DEMO = {
  namespaces: [
    {
      name: 'contoso',
      hybridConnections: [
        { name: 'demo', authorizationRules: [{ name: 'send', rights: ['Send'] }] },
        { name: 'open', requiresClientAuthorization: false },
      ],
    },
  ],
}
