import { test, type Test } from 'tap'
import { factOf } from '../harness/facts.ts'
import {
  type HttpListener,
  type OfferedRequest,
  listenHttp,
  responseText,
} from '../harness/http-listener.ts'
import { type RawPeer, openRaw } from '../harness/raw-peer.ts'
import { readAnswer, requestBytes, sendRequest } from '../harness/raw-request.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
const NORMAL = Buffer.from([0x03, 0xe8])
const LARGE = 'u'.repeat(100_000)

/** The next request on a rendezvous, with its body. */
async function readRequest(peer: RawPeer): Promise<{ request: OfferedRequest; size: number }> {
  const frame = await peer.frame()
  const { request } = JSON.parse(frame.payload.toString()) as { request: OfferedRequest }
  let size = 0
  while (request.body) {
    const { payload, fin } = await peer.frame()
    size += payload.length
    if (fin) break
  }
  return { request, size }
}

/** A sender's connection, tied to a rendezvous by one large upload that was answered. */
async function bind(
  t: Test,
  relay: TestRelay,
  listener: HttpListener,
): Promise<{ sender: RawPeer; rendezvous: RawPeer }> {
  const sender = await openRaw(t, relay)
  upload(sender)
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  const { request: whole, size } = await readRequest(rendezvous)
  t.equal(size, LARGE.length)
  rendezvous.send(TEXT, responseText(whole, {}, true))
  rendezvous.send(BINARY, 'first')
  t.match(await readAnswer(sender), { status: 200, text: 'first' })
  return { sender, rendezvous }
}

function upload(sender: RawPeer, path = '/open'): void {
  const headers = [`Content-Length: ${LARGE.length}`]
  sender.socket.write(requestBytes(`POST ${path} HTTP/1.1`, { headers, body: LARGE }))
}

test("later requests of the sender's connection come on its rendezvous, relay-protocol 5.7", async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const { sender, rendezvous } = await bind(t, relay, listener)
  // Large answers whose last frame comes in the same read as the piece that makes the relay pause.
  for (const text of ['', 'x', 'y'.repeat(60_000), 'z'.repeat(300_000), 'end']) {
    sender.socket.write(requestBytes('GET /open/again HTTP/1.1'))
    const { request } = await readRequest(rendezvous)
    t.equal(request.requestTarget, '/open/again')
    rendezvous.send(TEXT, responseText(request, {}, true))
    rendezvous.send(BINARY, text)
    t.equal((await readAnswer(sender)).text.length, text.length)
  }
  upload(sender)
  const { request, size } = await readRequest(rendezvous)
  t.equal(size, LARGE.length)
  rendezvous.send(TEXT, responseText(request, { statusCode: 204 }))
  t.equal((await sender.head()).status, 204)

  const other = await sendRequest(t, relay, 'GET /open/other HTTP/1.1')
  const offered = await listener.next()
  t.equal(offered.request.requestTarget, '/open/other', 'another connection has its own way')
  listener.answer(offered.request)
  t.equal((await other.head()).status, 200)

  sender.socket.destroy()
  const close = await rendezvous.frame()
  t.equal(close.opcode, CLOSE)
  t.equal(close.payload.readUInt16BE(0), 1001, 'it ends with the connection of its sender')
})

test('a listener that closes behind its answer gets the next request on its control channel', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const { sender, rendezvous } = await bind(t, relay, listener)
  rendezvous.send(CLOSE, NORMAL)
  await rendezvous.over()
  sender.socket.write(requestBytes('GET /open/next HTTP/1.1'))
  const { request } = await listener.next()
  t.equal(request.requestTarget, '/open/next')
  listener.answer(request)
  t.equal((await sender.head()).status, 200)
})

test('a listener that closes while the next request is on its way is offered it again', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const { sender, rendezvous } = await bind(t, relay, listener)
  sender.socket.write(requestBytes('GET /open/next HTTP/1.1'))
  await readRequest(rendezvous)
  // What the .NET listener had sent before that request reached it.
  rendezvous.send(CLOSE, NORMAL)
  const { request } = await listener.next()
  t.equal(request.requestTarget, '/open/next')
  listener.answer(request, {}, 'answered')
  t.equal((await readAnswer(sender)).text, 'answered')
})

test('a listener that closes while a large upload is on its way is offered it again, whole', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const { sender, rendezvous } = await bind(t, relay, listener)
  const half = LARGE.length / 2
  sender.socket.write(
    requestBytes('POST /open/next HTTP/1.1', {
      headers: [`Content-Length: ${LARGE.length}`],
      body: LARGE.slice(0, half),
    }),
  )
  for (let size = 0; size < half;) {
    const { opcode, payload } = await rendezvous.frame()
    if (opcode !== TEXT) size += payload.length
  }
  // What the .NET listener does behind each answer, before it has read on.
  rendezvous.send(CLOSE, NORMAL)
  const again = await listener.dial((await listener.next()).request)
  sender.socket.write(LARGE.slice(half))
  const { request, size } = await readRequest(again)
  t.equal(request.requestTarget, '/open/next')
  t.equal(size, LARGE.length)
  again.send(TEXT, responseText(request, { statusCode: 201 }))
  t.equal((await sender.head()).status, 201)
})

test('a listener whose Close comes late is offered a body of any size again, relay-protocol 5.7', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const body = 'v'.repeat(3 * 1024 * 1024)
  const post = requestBytes('POST /open/next HTTP/1.1', {
    headers: [`Content-Length: ${body.length}`],
    body,
  })
  // A .NET Framework listener's Close may be held back by Nagle's algorithm, while it reads all that comes.
  const { sender, rendezvous } = await bind(t, relay, listener)
  sender.socket.write(post)
  while ((await rendezvous.frame()).opcode !== PING);
  rendezvous.send(CLOSE, NORMAL)
  const again = await listener.dial((await listener.next()).request)
  const { request, size } = await readRequest(again)
  t.equal(size, body.length)
  again.send(TEXT, responseText(request, { statusCode: 201 }))
  t.equal((await sender.head()).status, 201)
  // One that stays gets the rest where it is.
  sender.socket.write(post)
  let staying: OfferedRequest | undefined
  for (let got = 0; got < body.length;) {
    const { opcode, payload } = await again.frame()
    if (opcode === TEXT) {
      staying = (JSON.parse(payload.toString()) as { request: OfferedRequest }).request
    } else if (opcode === PING) again.send(PONG, payload)
    else got += payload.length
  }
  if (staying) again.send(TEXT, responseText(staying, { statusCode: 202 }))
  t.equal((await sender.head()).status, 202)
})

test('an address is good once, and not for a request that is over', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  const second = await (await listener.tryDial(request)).head()
  t.equal(second.status, 403)
  t.match(second.reason, 'Is the listener accepting the connection too late?')
  rendezvous.send(TEXT, responseText(request))
  t.equal((await sender.head()).status, 200)

  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request: next } = await listener.next()
  listener.answer(next)
  t.equal((await sender.head()).status, 200)
  t.equal((await (await listener.tryDial(next)).head()).status, 403)
})

test('an address-only request is not answered on the control channel', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  upload(sender)
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  const { request: whole } = await readRequest(rendezvous)
  listener.answer(whole, { statusCode: 418 }, 'wrong place')
  rendezvous.send(TEXT, responseText(whole, { statusCode: 201 }))
  t.equal((await sender.head()).status, 201)
})

test('a second answer is ignored, wherever it comes', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  listener.answer(request, {}, 'first')
  listener.answer(request, { statusCode: 500 }, 'second')
  rendezvous.send(TEXT, responseText(request, { statusCode: 500 }))
  t.match(await readAnswer(sender), { status: 200, text: 'first' })
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  listener.answer((await listener.next()).request, {}, 'third')
  t.match(await readAnswer(sender), { status: 200, text: 'third' })
})

test('another listener cannot answer', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const stranger = await listenHttp(t, relay)
  stranger.answer(request, { statusCode: 418 }, 'forged')
  stranger.answer({ ...request, id: 'unknown' }, { statusCode: 418 }, 'forged')
  // Its pong comes behind both.
  stranger.socket.ping()
  await new Promise((resolve) => stranger.socket.once('pong', resolve))
  listener.answer(request, {}, 'own')
  t.match(await readAnswer(sender), { status: 200, text: 'own' })
})

/** First words of a listener that break relay-protocol 5.7, and the reason of the Close they get. */
const FAULTS: readonly (readonly [
  name: string,
  opcode: number,
  payload: string,
  reason: RegExp,
])[] = [
  ['binary', BINARY, 'x', /Command messages must be MessageType=Text, actual=Binary/],
  ['no JSON', TEXT, 'x', /'response' command was expected/],
  ['another command', TEXT, '{"renewToken":{"token":"x"}}', /'response' command was expected/],
  ['no id', TEXT, '{"response":{"statusCode":200}}', /'response.requestId' is required/],
  [
    'an empty id',
    TEXT,
    '{"response":{"requestId":"","statusCode":200}}',
    /'response.requestId' is/,
  ],
  ['a close', CLOSE, '', /Premature shutdown/],
  ['an unknown opcode', 3, 'x', /opcode 3/],
]

test('a listener that breaks the protocol of a rendezvous is closed with 1002, and its sender told', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const [name, opcode, payload, reason] of FAULTS) {
    const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
    const rendezvous = await listener.dial((await listener.next()).request)
    rendezvous.send(opcode, payload)
    const close = await rendezvous.frame()
    t.equal(close.opcode, CLOSE, name)
    t.equal(close.payload.readUInt16BE(0), 1002, name)
    t.match(close.payload.toString('utf8', 2), reason)
    t.match(await readAnswer(sender), { status: 500, text: /"code":"InternalServerError"/ }, name)
  }
})

test('a listener that breaks off inside a body cuts its sender off, so that nobody takes it for whole', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const breakOff of [
    (peer: RawPeer) => peer.socket.destroy(),
    (peer: RawPeer) => peer.socket.end(),
    (peer: RawPeer) => peer.send(CLOSE, ''),
    (peer: RawPeer) => peer.send(TEXT, '{}'),
  ]) {
    const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
    const { request } = await listener.next()
    const rendezvous = await listener.dial(request)
    rendezvous.send(TEXT, responseText(request, {}, true))
    rendezvous.send(BINARY, 'half', { fin: false })
    t.equal((await sender.head()).status, 200)
    breakOff(rendezvous)
    t.notMatch(await sender.rest(), /0\r\n\r\n$/)
  }
  t.match(await factOf(relay, 'requestFailed'), {
    operation: 'ListenerReturningHttpResponseFailed',
    code: 'RELAY_LISTENER_FAILED',
  })
})

test('a listener that rejects an address tells its sender at once', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const rejected = await listener.tryDial({ address: `${request.address}&sb-hc-statusCode=403` })
  t.equal((await rejected.head()).status, 410)
  t.match(await sender.head(), { status: 500, reason: /The listener rejected the request/ })
  t.match(await factOf(relay, 'requestFailed'), {
    operation: 'ListenerAcceptingHttpRequestFailed',
    code: 'RELAY_REQUEST_REJECTED',
  })
})

test('a streamed answer is told when it begins and when it ends, relay-protocol 8.3', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  rendezvous.send(TEXT, responseText(request, {}, true))
  const begun = await factOf(relay, 'responseReceived')
  t.match(begun, { operation: 'ListenerReturningHttpResponse', level: 'debug' })
  rendezvous.send(BINARY, 'whole')
  t.equal((await readAnswer(sender)).text, 'whole')
  t.match(await factOf(relay, 'responseReceived', begun.n), {
    operation: 'ListenerSentHttpResponse',
  })
})

test('a rendezvous whose request was answered on the control channel ends in order, relay-protocol 5.7', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  listener.answer(request, {}, 'answered')
  t.equal((await readAnswer(sender)).text, 'answered')
  const { opcode, payload } = await rendezvous.frame()
  t.equal(opcode, CLOSE)
  t.equal(payload.readUInt16BE(0), 1000)
})

test('an early refusal of an upload reaches the sender, whose connection goes on', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  const size = 5_000_000
  sender.socket.write(
    requestBytes('POST /open HTTP/1.1', { headers: [`Content-Length: ${size}`], body: 'begun' }),
  )
  const rendezvous = await listener.dial((await listener.next()).request)
  const { request } = JSON.parse((await rendezvous.frame()).payload.toString())
  rendezvous.send(TEXT, responseText(request, { statusCode: 413 }, true))
  rendezvous.send(BINARY, 'too large')
  t.match(await readAnswer(sender), { status: 413, text: 'too large' })
  // The sender had no chance to know: it goes on writing what it announced, and then its next request.
  sender.socket.write(Buffer.alloc(size - 'begun'.length, 'r'))
  sender.socket.write(requestBytes('GET /open/next HTTP/1.1'))
  const next = await listener.next()
  t.equal(next.request.requestTarget, '/open/next')
  listener.answer(next.request, {}, 'clean')
  t.equal((await readAnswer(sender)).text, 'clean')
})
