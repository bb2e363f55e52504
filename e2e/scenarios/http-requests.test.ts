import http from 'node:http'
import { test } from 'tap'
import { listenHttp } from '../harness/http-listener.ts'
import { openRaw, targetOf } from '../harness/raw-peer.ts'
import { readAnswer, requestBytes, sendRequest } from '../harness/raw-request.ts'
import { startRelay } from '../harness/relay.ts'

const GUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

test('a request comes with its keys in the order of the service, relay-protocol 5.2', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(
    t,
    relay,
    `GET /open/a%20b/%2F%3F%23%25%C3%A9?x=%c3%b8&sb-hc-id=${GUID}&&y=%2f HTTP/1.1`,
    {
      headers: ['Host: Localhost:1234', 'X-cuSTOM: a', 'x-custom: b', 'Cookie: a=1', 'cookie: b=2'],
    },
  )
  const message = await listener.message()
  const text = message.isBinary ? '' : message.text
  const { request } = JSON.parse(text)
  t.strictSame(Object.keys(request), [
    'address',
    'id',
    'requestTarget',
    'method',
    'remoteEndpoint',
    'requestHeaders',
    'body',
  ])
  t.equal(request.id, `${GUID}_G0`)
  t.equal(request.requestTarget, '/open/a b/%2F%3F%23%25é?x=%C3%B8&&y=%2f')
  t.equal(request.method, 'GET')
  t.equal(request.body, false)
  t.strictSame(request.remoteEndpoint, {
    address: '127.0.0.1',
    port: sender.socket.localPort,
  })
  t.strictSame(Object.entries(request.requestHeaders), [
    ['Host', 'Localhost:1234'],
    ['X-cuSTOM', 'a, b'],
    ['Cookie', 'a=1; b=2'],
    ['Via', '1.1 localhost'],
  ])
  t.match(
    request.address,
    new RegExp(
      `^ws://localhost:${relay.plainPort}/\\$hc/open/a%20b/.*\\?x=%C3%B8&&y=%2f&sb-hc-action=request&sb-hc-id=${GUID}_G0&sb-hc-`,
    ),
  )
  t.match(targetOf(request.address), /^\/\$hc\//)
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
})

test('framing and hop-by-hop headers do not reach the listener, and Via is continued, relay-protocol 5.3', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: [
      'Connection: keep-alive, X-Hop, Host',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'TE: trailers',
      'Trailer: X-Trailer',
      'Transfer-Encoding: chunked',
      'Close: now',
      'Via: 1.0 first',
      'Content-Type: text/plain',
      'Microsoft-Relay-DisallowedListeners: nobody',
    ],
    body: '3\r\nabc\r\n0\r\nX-Trailer: dropped\r\n\r\n',
  })
  const { request, body } = await listener.next()
  t.equal(body?.toString(), 'abc')
  t.strictSame(request.requestHeaders, {
    Host: 'localhost',
    Via: '1.0 first, 1.1 localhost',
    'Content-Type': 'text/plain',
    'Microsoft-Relay-DisallowedListeners': 'nobody',
  })
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
})

test('every method of Node but CONNECT reaches the listener, with or without a body', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  for (const method of http.METHODS) {
    if (method === 'CONNECT') continue
    for (const sent of ['', 'body']) {
      const headers = sent === '' ? [] : [`Content-Length: ${sent.length}`]
      sender.socket.write(requestBytes(`${method} /open HTTP/1.1`, { headers, body: sent }))
      const { request, body } = await listener.next()
      t.equal(request.method, method)
      t.equal(body?.toString(), sent === '' ? undefined : sent, method)
      listener.answer(request, {}, 'x')
      const head = await sender.head()
      t.equal(head.status, 200, method)
      if (method !== 'HEAD') t.equal(await sender.body(1), 'x', method)
      else t.equal(head.header('transfer-encoding'), undefined)
    }
  }
})

test('CONNECT is refused, and so is a request for the server as a whole', async (t) => {
  const relay = await startRelay(t)
  await listenHttp(t, relay)
  const connect = await sendRequest(t, relay, 'CONNECT open:443 HTTP/1.1')
  t.equal((await connect.head()).status, 405)
  const whole = await sendRequest(t, relay, 'OPTIONS * HTTP/1.1')
  t.match(await readAnswer(whole), { status: 400, text: /"code":"BadRequest"/ })
})

test('an absolute target is as good as a path, and empty segments stay', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const [target, expected] of [
    ['http://localhost/open/x?y', '/open/x?y'],
    ['/open//x//', '/open//x//'],
    ['/open/', '/open/'],
    ['/OPEN', '/OPEN'],
    ['/open?', '/open'],
    ['/open/./..', '/open/./..'],
    ['/open?a?b', '/open?a?b'],
  ]) {
    const sender = await sendRequest(t, relay, `GET ${target} HTTP/1.1`)
    const { request } = await listener.next()
    t.equal(request.requestTarget, expected)
    listener.answer(request)
    t.equal((await sender.head()).status, 200)
  }
})

/** What the relay's parser refuses before anything else looks at it. */
const BROKEN: readonly (readonly [name: string, bytes: string, status: number])[] = [
  [
    'two lengths',
    'POST /open HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    400,
  ],
  [
    'a length and chunks',
    'POST /open HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'chunks and a length',
    'POST /open HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'a coding behind chunked',
    'POST /open HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a length with a sign', 'POST /open HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na', 400],
  ['a bare CR', 'GET /open HTTP/1.1\r\nHost: h\r\nX: a\rB: c\r\n\r\n', 400],
  ['a bare LF', 'GET /open HTTP/1.1\nHost: h\n\n', 400],
  ['a folded line', 'GET /open HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n', 400],
  ['a blank before the colon', 'GET /open HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n', 400],
  ['a control character', 'GET /open HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n', 400],
  ['no Host', 'GET /open HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET /open HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n', 400],
  ['an unknown method', 'FETCH /open HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  [
    'a size of a chunk that is none',
    'POST /open HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    400,
  ],
  ['an unknown expectation', 'GET /open HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n', 417],
  ['headers above 64 kB', `GET /open HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(66_000)}\r\n\r\n`, 431],
]

for (const port of ['plain', 'tls'] as const) {
  test(`what could smuggle a request is refused and reaches no listener: ${port}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listenHttp(t, relay, 'open', { port })
    for (const [name, bytes, status] of BROKEN) {
      const sender = await openRaw(t, relay, port)
      sender.socket.write(Buffer.from(bytes, 'latin1'))
      t.equal((await sender.head()).status, status, name)
      sender.socket.destroy()
    }
    const next = await sendRequest(t, relay, 'GET /open/next HTTP/1.1', { port })
    const { request } = await listener.next()
    t.equal(request.requestTarget, '/open/next', 'no request came before')
    listener.answer(request)
    t.equal((await next.head()).status, 200)
  })
}

test('headers above 32 kB travel by a rendezvous, relay-protocol 5.3', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const value = 'x'.repeat(40_000)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1', { headers: [`X: ${value}`] })
  const { request } = await listener.next()
  t.strictSame(Object.keys(request), ['address'], 'an address and nothing else')
  const rendezvous = await listener.dial(request)
  const whole = JSON.parse((await rendezvous.frame()).payload.toString()).request
  t.equal(whole.requestHeaders.X, value)
  t.equal(whole.body, false)
  rendezvous.send(1, JSON.stringify({ response: { requestId: whole.id, statusCode: 204 } }))
  t.equal((await sender.head()).status, 204)
})

test('100 Continue is said once the sender is admitted, and not before', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const headers = ['Expect: 100-continue', 'Content-Length: 4']
  const sender = await sendRequest(t, relay, 'PUT /open HTTP/1.1', { headers })
  t.equal((await sender.head()).status, 100)
  sender.socket.write('body')
  const { request, body } = await listener.next()
  t.equal(body?.toString(), 'body')
  t.equal(request.requestHeaders['Expect'], undefined)
  listener.answer(request)
  t.equal((await sender.head()).status, 200)

  const refused = await sendRequest(t, relay, 'PUT /demo HTTP/1.1', { headers })
  const head = await refused.head()
  t.equal(head.status, 401)
  t.equal(
    head.header('connection'),
    'close',
    'the body that was held back cannot be told from a request',
  )

  const old = await sendRequest(t, relay, 'PUT /open HTTP/1.0', { headers })
  old.socket.write('body')
  listener.answer((await listener.next()).request)
  t.equal((await old.head()).status, 200, 'HTTP/1.0 knows no 100')
})

test('a body of any method travels, and its size decides how, relay-protocol 5.4', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const [size, isWhole] of [
    [0, true],
    [1, true],
    [65_536, true],
    [65_537, false],
  ] as const) {
    const headers = [`Content-Length: ${size}`]
    const sent = 'b'.repeat(size)
    const sender = await sendRequest(t, relay, 'DELETE /open HTTP/1.1', { headers, body: sent })
    const { request, body } = await listener.next()
    if (isWhole) {
      t.equal(body?.length ?? 0, size)
      t.equal(request.body, size > 0)
      listener.answer(request)
    } else {
      const rendezvous = await listener.dial(request)
      const whole = JSON.parse((await rendezvous.frame()).payload.toString()).request
      t.equal(whole.body, true)
      let received = 0
      for (;;) {
        const { payload, fin } = await rendezvous.frame()
        received += payload.length
        if (fin) break
      }
      t.equal(received, size)
      rendezvous.send(1, JSON.stringify({ response: { requestId: whole.id, statusCode: 200 } }))
    }
    t.equal((await sender.head()).status, 200)
  }
})

test('an empty chunked body is a body: one empty message, relay-protocol 5.4', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: ['Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
  })
  const { request, body } = await listener.next()
  t.equal(request.body, true)
  t.equal(body?.length, 0)
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
})

test('a wish for another protocol is not heard: the request is served, with its body', async (t) => {
  const relay = await startRelay(t)
  const warnings: string[] = []
  const onWarning = (warning: Error) => warnings.push(String(warning))
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  for (const port of ['plain', 'tls'] as const) {
    const listener = await listenHttp(t, relay, 'open', { port })
    const sender = await openRaw(t, relay, port)
    for (let round = 0; round < 25; round++) {
      sender.socket.write(
        requestBytes('POST /open HTTP/1.1', {
          headers: [
            'Connection: Upgrade, HTTP2-Settings',
            'Upgrade: h2c',
            'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
            'Content-Length: 4',
          ],
          body: 'body',
        }),
      )
      const { request, body } = await listener.next()
      t.equal(body?.toString(), 'body')
      t.equal(request.requestHeaders['Upgrade'], undefined)
      listener.answer(request, {}, 'answer')
      t.match(await readAnswer(sender), { status: 200, text: 'answer' })
    }
    listener.socket.terminate()
  }
  t.strictSame(warnings, [])
})

test('HTTP/1.0 and Connection: close end the connection behind the answer', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const [line, headers] of [
    ['GET /open HTTP/1.0', []],
    ['GET /open HTTP/1.1', ['Connection: close']],
  ] as const) {
    const sender = await sendRequest(t, relay, line, { headers })
    const { request } = await listener.next()
    const rendezvous = await listener.dial(request)
    rendezvous.send(
      1,
      JSON.stringify({ response: { requestId: request.id, statusCode: 200, body: true } }),
    )
    rendezvous.send(2, 'streamed', { fin: false })
    rendezvous.send(0, '')
    const head = await sender.head()
    t.equal(head.status, 200)
    t.equal(head.header('connection'), 'close')
    t.match(await sender.rest(), 'streamed')
  }
})

test('pipelined requests are answered in their order', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  const three = ['a', 'b', 'c'].map((name) => requestBytes(`GET /open/${name} HTTP/1.1`))
  sender.socket.write(Buffer.concat(three))
  for (const name of ['a', 'b', 'c']) {
    const { request } = await listener.next()
    t.equal(request.requestTarget, `/open/${name}`)
    listener.answer(request, {}, name)
    t.equal((await readAnswer(sender)).text, name)
  }
})

test('a listener is chosen at random, or by the selection headers, relay-protocol 5.9, 6', async (t) => {
  const relay = await startRelay(t)
  const ids = [GUID, '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d'] as const
  const answered = [0, 0]
  for (const [index, id] of ids.entries()) {
    const { socket } = await listenHttp(t, relay, 'open', { id })
    socket.on('message', (data: Buffer) => {
      const { request } = JSON.parse(data.toString())
      answered[index]!++
      const response = { requestId: request.id, statusCode: 200 + index }
      socket.send(JSON.stringify({ response }))
    })
  }
  const sender = await openRaw(t, relay)
  const ask = async (...headers: string[]) => {
    sender.socket.write(requestBytes('GET /open HTTP/1.1', { headers }))
    return readAnswer(sender)
  }
  for (let n = 0; n < 100; n++) await ask()
  t.ok(
    answered.every((count) => count > 20),
    `both got some: ${answered.join(', ')}`,
  )
  for (let n = 0; n < 5; n++) {
    t.equal((await ask(`Microsoft-Relay-AllowedListeners: x, ${ids[1]}`)).status, 201)
    t.equal((await ask(`Microsoft-Relay-DisallowedListeners: ${ids[1]}`)).status, 200)
  }
  const none = await ask(
    `Microsoft-Relay-AllowedListeners: ${ids[0]}`,
    `Microsoft-Relay-DisallowedListeners: ${ids[0]}`,
  )
  t.equal(none.status, 404)
  t.match(
    none.reason,
    /^None of the connected listeners meet the AllowedListeners\/DisallowedListeners criteria\./,
  )
})
