import { test } from 'tap'
import { listenHttp } from '../harness/http-listener.ts'
import { readAnswer, sendRequest } from '../harness/raw-request.ts'
import { type TestRelay, keyOf, startRelay } from '../harness/relay.ts'

type Case = {
  readonly name: string
  readonly query?: (relay: TestRelay) => string
  readonly headers?: (relay: TestRelay) => readonly string[]
  /** `Authorization` as the listener sees it. */
  readonly seen?: string
}

const query = (token: string) => `?sb-hc-token=${encodeURIComponent(token)}`
const own = 'Authorization: Bearer bearbear'

/** Every place of relay-protocol 2.4, on an entity that requires a token. */
const ADMITTED: readonly Case[] = [
  { name: 'query', query: (relay) => query(relay.token()) },
  {
    name: 'query, written as a form',
    query: (relay) => `?${new URLSearchParams({ 'sb-hc-token': relay.token() }).toString()}`,
  },
  {
    name: 'ServiceBusAuthorization',
    headers: (relay) => [`ServiceBusAuthorization: ${relay.token()}`],
  },
  {
    name: 'key pair',
    query: (relay) =>
      `?sb-hc-sas-key-name=defaultSender&sb-hc-sas-key=${encodeURIComponent(keyOf(relay.server, 'defaultSender', 'demo'))}`,
  },
  {
    name: 'Authorization, which is spent',
    headers: (relay) => [`Authorization: ${relay.token()}`],
  },
  {
    name: 'ServiceBusAuthorization before Authorization',
    headers: (relay) => [`ServiceBusAuthorization: ${relay.token()}`, own],
    seen: 'Bearer bearbear',
  },
  {
    name: 'query before both headers',
    query: (relay) => query(relay.token()),
    headers: () => ['ServiceBusAuthorization: nonsense', own],
    seen: 'Bearer bearbear',
  },
]

for (const port of ['plain', 'tls'] as const) {
  test(`a token is taken from every place, and the listener sees none of it: ${port}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listenHttp(t, relay, 'demo', { port })
    for (const { name, query, headers, seen } of ADMITTED) {
      const sender = await sendRequest(t, relay, `GET /demo${query?.(relay) ?? ''} HTTP/1.1`, {
        port,
        headers: headers?.(relay) ?? [],
      })
      const { request } = await listener.next()
      t.equal(request.requestTarget, '/demo', name)
      t.equal(request.requestHeaders['Authorization'], seen, name)
      t.equal(request.requestHeaders['ServiceBusAuthorization'], undefined, name)
      t.notMatch(JSON.stringify(request), 'SharedAccessSignature', name)
      listener.answer(request)
      t.equal((await sender.head()).status, 200)
    }
  })
}

test("an anonymous entity evaluates nothing: what is the relay's is stripped, Authorization is the listener's", async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open?sb-hc-token=nonsense&a=1 HTTP/1.1', {
    headers: ['ServiceBusAuthorization: nonsense', own],
  })
  const { request } = await listener.next()
  t.equal(request.requestTarget, '/open?a=1')
  t.equal(request.requestHeaders['Authorization'], 'Bearer bearbear')
  t.equal(request.requestHeaders['ServiceBusAuthorization'], undefined)
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
  const alone = await sendRequest(t, relay, 'GET /open HTTP/1.1', { headers: [own] })
  const { request: second } = await listener.next()
  t.equal(second.requestHeaders['Authorization'], 'Bearer bearbear')
  listener.answer(second)
  t.equal((await alone.head()).status, 200)
})

test('a bad token in a higher place is not passed over, and nothing reaches the listener', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay, 'demo')
  const good = `Authorization: ${relay.token()}`
  const refused = [
    ['?sb-hc-token=nonsense', [good], 'MalformedToken'],
    ['', ['ServiceBusAuthorization: nonsense', good], 'MalformedToken'],
    ['?sb-hc-sas-key-name=defaultSender&sb-hc-sas-key=wrong', [good], 'InvalidSignature'],
    ['', [own], 'MalformedToken'],
    [
      '',
      [`Authorization: ${relay.token({ rule: 'defaultListener', entity: 'demo' })}`],
      'Authorization failed for specified action: Send.',
    ],
    ['', [`Authorization: ${relay.token({ seconds: -1 })}`], 'ExpiredToken'],
    ['', [`Authorization: ${relay.token({ path: 'other' })}`], 'InvalidAudience'],
  ] as const
  for (const [target, headers, word] of refused) {
    const sender = await sendRequest(t, relay, `GET /demo${target} HTTP/1.1`, { headers })
    const answer = await readAnswer(sender)
    t.equal(answer.status, 401)
    t.ok(answer.reason.startsWith(word), answer.reason)
    t.equal(JSON.parse(answer.text).error.code, 'TokenMissingOrInvalid')
  }
  const sender = await sendRequest(t, relay, 'GET /demo/next HTTP/1.1', { headers: [good] })
  const { request } = await listener.next()
  t.equal(request.requestTarget, '/demo/next')
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
})

test('any number of headers comes through, what stands behind them too', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const many = Array.from({ length: 3_000 }, (_, index) => `X${index}: 1`)
  const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: [...many, 'X-Last: here', 'Content-Length: 4'],
    body: 'body',
  })
  const { request, body } = await listener.next()
  t.match(request.requestHeaders, { X0: '1', X2999: '1', 'X-Last': 'here' })
  t.equal(body?.toString(), 'body')
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
})

test('a sender that names no host gets the own name of the namespace in Via', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1', { headers: ['Host:'] })
  const { request } = await listener.next()
  t.strictSame(request.requestHeaders, {
    Host: '',
    Via: '1.1 local-relay.servicebus.windows.net',
  })
  listener.answer(request)
  t.equal((await sender.head()).header('via'), '1.1 local-relay.servicebus.windows.net')
})
