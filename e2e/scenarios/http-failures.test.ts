import { once } from 'node:events'
import { test } from 'tap'
import { callAdmin, factOf } from '../harness/facts.ts'
import { listenHttp, responseText } from '../harness/http-listener.ts'
import { openRaw } from '../harness/raw-peer.ts'
import { readAnswer, requestBytes, sendRequest } from '../harness/raw-request.ts'
import { startRelay } from '../harness/relay.ts'

const TEXT = 1
const BINARY = 2
const CLOSE = 8

const OPEN = {
  namespaces: [
    {
      name: 'local-relay',
      hybridConnections: [{ name: 'open', requiresClientAuthorization: false }],
    },
  ],
}
const SHORT = { ...OPEN, limits: { responseTimeoutMs: 400 } }
const UPLOAD = ['Content-Length: 100000']
const LARGE = 'u'.repeat(100_000)

test('a listener that does not answer in time costs the sender a 504, and late answers nothing', async (t) => {
  const relay = await startRelay(t, { configuration: SHORT })
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request } = await listener.next()
  const answer = await readAnswer(sender)
  t.match(answer, { status: 504, text: /"code":"GatewayTimeout"/ })
  t.match(
    answer.reason,
    /^The request was routed to the listener but the listener did not respond in the required time\. TrackingId:/,
  )
  t.match(await factOf(relay, 'requestFailed'), {
    operation: 'ListenerAcceptingRequestTimeout',
    code: 'RELAY_RESPONSE_TIMEOUT',
  })
  listener.answer(request, {}, 'late')
  t.equal((await (await listener.tryDial(request)).head()).status, 403, 'relay-protocol 5.7')
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  listener.answer((await listener.next()).request, {}, 'in time')
  t.equal((await readAnswer(sender)).text, 'in time')
})

test('an answer that cannot be read costs the sender a 500 at once, as on a rendezvous', async (t) => {
  const relay = await startRelay(t, { configuration: OPEN })
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  const { request } = await listener.next()
  listener.answer(request, { statusCode: 'fine' }, 'its body')
  t.match(await readAnswer(sender), { status: 500, text: /"code":"InternalServerError"/ })
  t.match(await factOf(relay, 'requestFailed'), { code: 'RELAY_LISTENER_FAILED' })
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  listener.answer((await listener.next()).request, {}, 'readable')
  t.equal((await readAnswer(sender)).text, 'readable', 'connection and channel go on')
})

test("a listener that never fetches a large request is to blame: 504, and its sender's connection goes on", async (t) => {
  const relay = await startRelay(t, { configuration: SHORT })
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  sender.socket.write(requestBytes('POST /open HTTP/1.1', { headers: UPLOAD, body: LARGE }))
  await listener.next()
  t.equal((await readAnswer(sender)).status, 504)
  sender.socket.write(requestBytes('GET /open HTTP/1.1'))
  listener.answer((await listener.next()).request)
  t.equal((await sender.head()).status, 200)
})

test('a listener that fetches a request and falls silent is to blame too', async (t) => {
  const relay = await startRelay(t, { configuration: SHORT })
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: UPLOAD,
    body: LARGE,
  })
  const rendezvous = await listener.dial((await listener.next()).request)
  t.equal((await readAnswer(sender)).status, 504)
  for (;;) {
    const { opcode, payload } = await rendezvous.frame()
    if (opcode !== CLOSE) continue
    t.equal(payload.readUInt16BE(0), 1011)
    break
  }
})

test('a sender whose upload stops is to blame: 408, and the connection ends', async (t) => {
  const relay = await startRelay(t, { configuration: SHORT })
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: UPLOAD,
    body: 'half',
  })
  await listener.dial((await listener.next()).request)
  const answer = await readAnswer(sender)
  t.equal(answer.status, 408)
  t.equal(answer.header('connection'), 'close')
  await sender.over()
})

test('silence inside an answer cuts the sender off', async (t) => {
  const relay = await startRelay(t, { configuration: SHORT })
  const listener = await listenHttp(t, relay)
  const silent = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  rendezvous.send(TEXT, responseText(request, {}, true))
  rendezvous.send(BINARY, 'half', { fin: false })
  t.equal((await silent.head()).status, 200)
  await silent.over()
  t.equal((await rendezvous.frame()).payload.readUInt16BE(0), 1011)
})

test('a sender that leaves is forgotten, wherever its request stands', async (t) => {
  const relay = await startRelay(t, { configuration: OPEN })
  const listener = await listenHttp(t, relay)
  // Inside a body that is still collected.
  const early = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: ['Content-Length: 10'],
    body: 'half',
  })
  await factOf(relay, 'requestReceived')
  early.reset()
  const left = await factOf(relay, 'requestFailed')
  t.match(left, { operation: 'ListenerReturningHttpResponseFailed' })
  // While the listener thinks.
  const waiting = await sendRequest(t, relay, 'GET /open/waiting HTTP/1.1')
  const { request } = await listener.next()
  t.equal(request.requestTarget, '/open/waiting', 'the first never came')
  waiting.socket.destroy()
  const gone = await factOf(relay, 'requestFailed', left.n)
  t.equal((await (await listener.tryDial(request)).head()).status, 403)
  // Inside an upload.
  const uploading = await sendRequest(t, relay, 'POST /open HTTP/1.1', {
    headers: UPLOAD,
    body: 'half',
  })
  const rendezvous = await listener.dial((await listener.next()).request)
  t.equal((await rendezvous.frame()).opcode, TEXT)
  t.equal((await rendezvous.frame()).payload.toString(), 'half')
  uploading.reset()
  const close = await rendezvous.frame()
  t.equal(close.opcode, CLOSE)
  t.equal(close.payload.readUInt16BE(0), 1001)
  await factOf(relay, 'requestFailed', gone.n)
})

test('the control channel may be lost while a request waits: its rendezvous still counts', async (t) => {
  const relay = await startRelay(t, { configuration: OPEN })
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  listener.socket.terminate()
  await once(listener.socket, 'close')
  await factOf(relay, 'listenerDisconnected')
  const rendezvous = await listener.dial(request)
  rendezvous.send(TEXT, responseText(request, {}, true))
  rendezvous.send(BINARY, 'still')
  t.equal((await readAnswer(sender)).text, 'still')
})

test('deleting the entity answers those who wait and closes their rendezvous with 1001', async (t) => {
  const relay = await startRelay(t, { configuration: OPEN })
  const path = 'namespaces/local-relay/hybridConnections/open'
  const listener = await listenHttp(t, relay)
  const waiting = await sendRequest(t, relay, 'GET /open/waiting HTTP/1.1')
  await listener.next()
  const idle = await sendRequest(t, relay, 'POST /open HTTP/1.1', { headers: UPLOAD, body: LARGE })
  const bound = await listener.dial((await listener.next()).request)
  const { request } = JSON.parse((await bound.frame()).payload.toString())
  for (;;) if ((await bound.frame()).fin) break
  bound.send(TEXT, responseText(request, { statusCode: 204 }))
  t.equal((await idle.head()).status, 204)
  const half = await sendRequest(t, relay, 'GET /open/half HTTP/1.1')
  const { request: halfRequest } = await listener.next()
  const streaming = await listener.dial(halfRequest)
  streaming.send(TEXT, responseText(halfRequest, {}, true))
  t.equal((await half.head()).status, 200)

  await callAdmin(relay, 'DELETE', path)
  t.match(await readAnswer(waiting), { status: 404, reason: /^Endpoint does not exist\./ })
  t.equal((await bound.frame()).payload.readUInt16BE(0), 1001)
  t.equal((await streaming.frame()).payload.readUInt16BE(0), 1001)
  t.notMatch(await half.rest(), '0\r\n\r\n')
})

test('a relay that stops lets requests end, and refuses what is left with 503', async (t) => {
  const relay = await startRelay(t, { configuration: OPEN })
  const listener = await listenHttp(t, relay)
  const finishing = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  const hanging = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  await listener.next()
  const later = await openRaw(t, relay)
  later.socket.write(requestBytes('GET /open HTTP/1.1'))
  await listener.next()

  const closed = relay.server.close({ drainMs: 1_000 })
  rendezvous.send(TEXT, responseText(request, {}, true))
  rendezvous.send(BINARY, 'finished')
  t.equal((await readAnswer(finishing)).text, 'finished')
  finishing.socket.write(requestBytes('GET /open HTTP/1.1'))
  t.match(await readAnswer(finishing), { status: 503, text: /"code":"ServerBusy"/ })
  const refused = await readAnswer(hanging)
  t.match(refused, { status: 503, reason: /^ServerBusy: The relay is stopping\./ })
  t.equal(refused.header('connection'), 'close')
  await closed
})

test('a body in a transfer coding that its listener would not know of is refused, RFC 9112 6.1', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await openRaw(t, relay)
  const post = (coding: string) =>
    sender.socket.write(
      requestBytes('POST /open HTTP/1.1', {
        headers: [`Transfer-Encoding: ${coding}`],
        body: '2\r\nhi\r\n0\r\n\r\n',
      }),
    )
  for (const coding of ['gzip, chunked', 'x-gzip,Chunked']) {
    post(coding)
    t.match(await readAnswer(sender), {
      status: 501,
      reason: /^NotImplemented: /,
      text: /"code":"NotImplemented"/,
    })
  }
  for (const coding of ['Chunked', ', chunked']) {
    post(coding)
    listener.answer((await listener.next()).request, {}, 'read')
    t.equal((await readAnswer(sender)).text, 'read', 'the connection goes on')
  }
})
