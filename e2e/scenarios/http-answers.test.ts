import { test } from 'tap'
import { factOf } from '../harness/facts.ts'
import { listenHttp, responseText } from '../harness/http-listener.ts'
import { openRaw } from '../harness/raw-peer.ts'
import { readAnswer, readChunk, requestBytes, sendRequest } from '../harness/raw-request.ts'
import { startRelay } from '../harness/relay.ts'

const TEXT = 1
const BINARY = 2
const CONTINUATION = 0
const CLOSE = 8
const NORMAL = Buffer.from([0x03, 0xe8])

test('any status from 200 to 999 passes, as a number or as digits, relay-protocol 5.5', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  for (const status of [200, 201, 204, 205, 300, 304, 306, 418, 426, 450, 502, 504, 599, 999]) {
    for (const statusCode of [status, String(status)]) {
      sender.socket.write(requestBytes('GET /open HTTP/1.1'))
      const { request } = await listener.next()
      listener.answer(request, { statusCode }, 'x')
      const answer = await readAnswer(sender)
      t.equal(answer.status, status)
      t.equal(answer.text, [204, 205, 304].includes(status) ? '' : 'x')
      if (status === 205) t.equal(answer.header('content-length'), '0')
      if (status === 204) t.equal(answer.header('content-length'), undefined)
    }
  }
})

test("a status that no answer can have is told as the listener's failure at once", async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const statusCode of [100, 101, 199, 1000, -1]) {
    const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
    const { request } = await listener.next()
    listener.answer(request, { statusCode })
    t.match(await readAnswer(sender), { status: 500, text: /"code":"InternalServerError"/ })
  }
})

/** `given` as a listener writes it, `seen` on the sender's status line. */
const REASONS: readonly (readonly [given: string | null | undefined, seen: string])[] = [
  ['TestStatusDescription', 'TestStatusDescription'],
  ['!#$%&*+-.^_`~*|"\'(){}[]<>=/,:;@\\ azAZ09', '!#$%&*+-.^_`~*|"\'(){}[]<>=/,:;@\\ azAZ09'],
  ['Größe', 'Größe'],
  ['5 € or 💶', '5 ? or ?'],
  ['a\r\nX-Smuggled: yes', 'a  X-Smuggled: yes'],
  ['', ''],
  [null, 'Created'],
  [undefined, 'Created'],
]

test('a reason phrase passes as it is, and cleaned where a line cannot hold it', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  for (const [statusDescription, seen] of REASONS) {
    sender.socket.write(requestBytes('GET /open HTTP/1.1'))
    const { request } = await listener.next()
    listener.answer(request, {
      statusCode: 201,
      ...(statusDescription !== undefined && { statusDescription }),
    })
    const head = await sender.head()
    t.equal(head.reason, seen)
    t.equal(head.header('x-smuggled'), undefined)
  }
})

test('headers pass with spelling, numbers and repeats; framing is made anew and Via continued', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  listener.answer(
    request,
    {
      responseHeaders: {
        "!#$%&'*+-.^_`|~Az09": 'every token character',
        'x-Number': 7,
        'Set-Cookie': ['a=1', 'b=2'],
        'Content-Length': '999',
        'Transfer-Encoding': 'gzip',
        Connection: 'close, X-Hop',
        'X-Hop': 'gone',
        'Keep-Alive': 'timeout=1',
        Trailer: 'X',
        Upgrade: 'h2c',
        TE: 'x',
        Host: 'elsewhere',
        via: '1.1 behind',
        'X-Latin': 'Größe',
        'X-None': null,
      },
    },
    'four',
  )
  const answer = await readAnswer(sender)
  t.equal(answer.text, 'four')
  const names = answer.headers.map(([name]) => name)
  t.strictSame(
    names.filter((name) => name !== 'Date' && name !== 'Connection' && name !== 'Keep-Alive'),
    [
      "!#$%&'*+-.^_`|~Az09",
      'x-Number',
      'Set-Cookie',
      'Set-Cookie',
      'X-Latin',
      'via',
      'Content-Length',
    ],
  )
  t.equal(answer.header('x-number'), '7')
  t.equal(answer.header('via'), '1.1 behind, 1.1 localhost')
  t.equal(answer.header('content-length'), '4')
  t.equal(answer.header('connection'), 'keep-alive')
  t.equal(answer.header('x-latin'), 'Größe')
  t.match(
    answer.headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value),
    ['a=1', 'b=2'],
  )
})

test('a header that no line can hold costs itself, not the answer, and the feed tells', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  listener.answer(request, {
    responseHeaders: {
      'X-Split': 'a\r\nX-Smuggled: yes',
      'X-Euro': '5 €',
      'bad name': 'x',
      'X-Good': 'kept',
      '': 'x',
    },
  })
  const head = await sender.head()
  t.equal(head.status, 200)
  t.equal(head.header('x-split'), 'a  X-Smuggled: yes')
  t.equal(head.header('x-euro'), '5 ?')
  t.equal(head.header('x-good'), 'kept')
  t.equal(head.header('x-smuggled'), undefined)
  t.match(await factOf(relay, 'responseReceived'), {
    level: 'warning',
    message: /X-Split, X-Euro, bad name/,
  })
})

test('what the relay itself answers has the reason, the JSON and no Via, relay-protocol 5.10', async (t) => {
  const relay = await startRelay(t)
  const cases = [
    ['GET /none/x HTTP/1.1', 404, 'EndpointNotFound', 'Endpoint does not exist.', 'none/x'],
    [
      'GET /open/a/b HTTP/1.1',
      404,
      'EndpointNotFound',
      'There are no listeners connected for the endpoint.',
      'open/a/b',
    ],
    [
      'GET /demo HTTP/1.1',
      401,
      'TokenMissingOrInvalid',
      'MissingToken: Relay security token is required.',
      'demo',
    ],
    [
      'GET /$hc/open HTTP/1.1',
      400,
      'BadRequest',
      'BadRequest: The request address is malformed.',
      'open',
    ],
  ] as const
  for (const [line, status, code, text, path] of cases) {
    const peer = await sendRequest(t, relay, line, {
      headers: [`Authorization: ${line.includes('none') ? relay.token() : 'x'}`].filter(() =>
        line.includes('none'),
      ),
    })
    const answer = await readAnswer(peer)
    t.equal(answer.status, status)
    t.equal(answer.header('via'), undefined)
    t.equal(answer.header('content-type'), 'application/json; charset=utf-8')
    const { error } = JSON.parse(answer.text)
    t.strictSame(error, { code, message: answer.reason })
    const tracker = line.includes('$hc') ? `sb://localhost/${path}` : `localhost:${path}`
    t.ok(answer.reason.startsWith(`${text} TrackingId:`), answer.reason)
    t.match(answer.reason, new RegExp(`_G0, SystemTracker:${tracker}, Timestamp:[0-9T:-]{19}$`))
  }
})

/** Ways to answer 'hello' on the control channel. Source: relay-protocol 5.6. */
test('the official listeners answer on the control channel', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  const { socket } = listener
  const ask = async () => {
    sender.socket.write(requestBytes('GET /open HTTP/1.1'))
    return (await listener.next()).request
  }
  const expectHello = async (who: string) => {
    t.match(await readAnswer(sender), { status: 200, text: 'hello' }, who)
  }
  // .NET and Java: one binary message; Java writes the keys in another order.
  listener.answer(await ask(), { statusDescription: 'OK', responseHeaders: {} }, 'hello')
  await expectHello('.NET')
  const java = await ask()
  socket.send(
    `{"response":{"requestId":"${java.id}","body":true,"statusCode":200,"statusDescription":"OK","responseHeaders":{}}}`,
  )
  socket.send(Buffer.from('hello'))
  await expectHello('Java')
  // Go: a status in digits and neither description nor headers.
  listener.answer(await ask(), { statusCode: '200' }, 'hello')
  await expectHello('Go')
  // hyco-https: several writes make fragments, and the last is empty.
  const hyco = await ask()
  socket.send(responseText(hyco, {}, true))
  for (const letter of 'hello') socket.send(Buffer.from(letter), { binary: true, fin: false })
  socket.send(Buffer.alloc(0), { binary: true, fin: true })
  await expectHello('hyco-https')
  // hyco-https: an empty binary message behind an answer without a body.
  listener.answer(await ask(), { statusCode: 204 })
  socket.send(Buffer.alloc(0))
  t.equal((await sender.head()).status, 204)
  listener.answer(await ask(), {}, 'hello')
  await expectHello('after the stray message')
  // hyco-https: an empty body is announced and comes.
  listener.answer(await ask(), {}, '')
  t.match(await readAnswer(sender), { status: 200, text: '' })
})

test('the official listeners answer on a rendezvous', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  const ask = async () => {
    sender.socket.write(requestBytes('GET /open HTTP/1.1'))
    const { request } = await listener.next()
    const rendezvous = await listener.dial(request)
    rendezvous.send(TEXT, responseText(request, {}, true))
    rendezvous.send(BINARY, 'hel', { fin: false })
    rendezvous.send(CONTINUATION, 'lo', { fin: false })
    return rendezvous
  }
  const dotNet = await ask()
  dotNet.send(CONTINUATION, '')
  dotNet.send(CLOSE, Buffer.concat([NORMAL, Buffer.from('NormalClosure')]))
  t.match(await readAnswer(sender), { status: 200, text: 'hello' }, '.NET')
  await dotNet.over()

  const java = await ask()
  java.send(CLOSE, Buffer.concat([NORMAL, Buffer.from('NormalClosure')]))
  t.match(await readAnswer(sender), { status: 200, text: 'hello' }, 'Java writes no last frame')
  const echo = await java.frame()
  t.equal(echo.opcode, CLOSE)
  t.equal(echo.payload.readUInt16BE(0), 1000)

  const hyco = await ask()
  hyco.send(CONTINUATION, '')
  t.match(await readAnswer(sender), { status: 200, text: 'hello' }, 'hyco-https leaves it open')
  const close = await hyco.frame()
  t.equal(close.payload.readUInt16BE(0), 1000, 'and the relay closes it')
})

test('the message behind a response is its body, text as well, relay-protocol 5.6', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request } = await listener.next()
  listener.socket.send(responseText(request, {}, true))
  listener.socket.send('{"a":"text"}')
  t.match(await readAnswer(sender), { status: 200, text: '{"a":"text"}' })

  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request: next } = await listener.next()
  const rendezvous = await listener.dial(next)
  rendezvous.send(1, responseText(next, {}, true))
  rendezvous.send(1, 'text')
  t.match(await readAnswer(sender), { status: 200, text: 'text' })
})

test('answers may come out of order, each right behind its head, from many requests at once', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const senders = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      sendRequest(t, relay, `POST /open/${n} HTTP/1.1`, {
        headers: ['Content-Length: 1000'],
        body: String.fromCharCode(65 + n).repeat(1000),
      }),
    ),
  )
  const offered = []
  for (let n = 0; n < senders.length; n++) {
    const { request, body } = await listener.next()
    const expected = String.fromCharCode(65 + Number(request.requestTarget.slice(6)))
    t.equal(body?.toString(), expected.repeat(1000), 'the body of its own request')
    offered.push(request)
  }
  for (const request of offered.reverse()) listener.answer(request, {}, request.requestTarget)
  for (const [n, sender] of senders.entries()) {
    t.equal((await readAnswer(sender)).text, `/open/${n}`)
  }
})

test('the first byte reaches the sender before the last is written: server-sent events', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const port of ['plain', 'tls'] as const) {
    const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1', { port })
    const { request } = await listener.next()
    const rendezvous = await listener.dial(request)
    rendezvous.send(
      TEXT,
      responseText(request, { responseHeaders: { 'Content-Type': 'text/event-stream' } }, true),
    )
    t.equal((await sender.head()).header('content-type'), 'text/event-stream')
    rendezvous.send(BINARY, 'data: 1\n\n', { fin: false })
    t.equal(await readChunk(sender), 'data: 1\n\n')
    rendezvous.send(CONTINUATION, 'data: 2\n\n', { fin: false })
    t.equal(await readChunk(sender), 'data: 2\n\n')
    sender.socket.destroy()
    const close = await rendezvous.frame()
    t.equal(close.payload.readUInt16BE(0), 1001, 'the listener learns that the browser is gone')
  }
})

test('a HEAD has no body, whatever the listener sends, and the next answer is clean', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  for (const isStreamed of [false, true]) {
    sender.socket.write(requestBytes('HEAD /open HTTP/1.1'))
    const { request } = await listener.next()
    t.equal(request.method, 'HEAD')
    if (isStreamed) {
      const rendezvous = await listener.dial(request)
      rendezvous.send(TEXT, responseText(request, {}, true))
      rendezvous.send(BINARY, 'unseen')
    } else listener.answer(request, {}, 'unseen')
    t.equal((await sender.head()).status, 200)
    sender.socket.write(requestBytes('GET /open HTTP/1.1'))
    listener.answer((await listener.next()).request, {}, 'seen')
    t.equal((await readAnswer(sender)).text, 'seen')
  }
})

test('requests are no sender connections, but their bodies count as bytes, relay-protocol 8.2', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: ['Content-Length: 3'],
    body: 'abc',
  })
  const { request } = await listener.next()
  listener.answer(request, {}, 'four')
  t.equal((await readAnswer(sender)).text, 'four')
  await factOf(relay, 'responseReceived')
  const refused = await sendRequest(t, relay, 'POST /none HTTP/1.1', {
    headers: ['Content-Length: 3'],
    body: 'abc',
  })
  t.equal((await readAnswer(refused)).status, 401)
  const metrics = await (await fetch(`${relay.adminUrl}/metrics`)).text()
  t.match(metrics, /^bytes_transferred\{namespace="local-relay",entity_name="open"\} 7$/m)
  t.notMatch(metrics, /^sender_connections_\w+(\{.*\})? [1-9]/m)
  t.match(
    relay.server.feed.since(0).map(({ operation }) => operation),
    [
      'NewListenerRegistered',
      'SenderSentHttpRequest',
      'MessageSendingToListener',
      'MessageSentToListener',
      'ListenerSentHttpResponse',
      'SenderSentHttpRequest',
    ],
  )
})
