import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { readAnswer, readChunk } from '../../wire/answer.ts'
import { readClose } from '../../wire/frames.ts'
import { type Request, responseText } from '../control-listener.ts'
import { checkHttpError, literal } from '../expectations.ts'
import { BOTH, type RelayCase, type RelaySuite } from '../needs.ts'
import { HTTP_LINKAGE } from './http-linkage.ts'

const RESPONSE_MS = 60_000
const SLACK_MS = 8_000

const timeouts: readonly RelayCase[] = [
  {
    id: 'http-life.timeout.response',
    level: 'MUST',
    source: '5.8, 5.10',
    title: 'a request that its listener does not answer gets 504 after 60 s',
    needs: BOTH,
    waitsMs: RESPONSE_MS + SLACK_MS,
    async run(bench) {
      const listener = await bench.listen()
      const startedAt = performance.now()
      const sender = await bench.request(listener)
      const { request } = await listener.nextRequest()
      const answer = await readAnswer(sender, 'GET', RESPONSE_MS + SLACK_MS)
      const tookMs = performance.now() - startedAt
      bench.scope.note(`status ${answer.status} after ${(tookMs / 1000).toFixed(1)} s`)
      const text = /^The request was routed to the listener but the listener did not respond/
      checkHttpError(answer, 504, 'GatewayTimeout', text)
      assert.ok(Math.abs(tookMs - RESPONSE_MS) < SLACK_MS / 2, `it took ${Math.round(tookMs)} ms`)
      const { status } = await (await bench.dialAddress(request.address)).head()
      assert.notEqual(status, 101, 'its address is still good')
    },
  },
  {
    id: 'http-life.timeout.rendezvous',
    level: 'SHOULD',
    source: '5.8',
    title: 'a request whose address nobody dials gets 504 after 60 s',
    needs: BOTH,
    waitsMs: RESPONSE_MS + SLACK_MS,
    async run(bench) {
      const listener = await bench.listen()
      const body = Buffer.alloc(100_000)
      const sender = await bench.request(listener, { method: 'POST', body })
      await listener.command()
      const answer = await readAnswer(sender, 'POST', RESPONSE_MS + SLACK_MS)
      assert.equal(answer.status, 504, 'status')
    },
  },
  {
    id: 'http-life.timeout.slow-response',
    level: 'MUST',
    source: '5.8',
    title: 'a listener may take 50 s for its answer',
    needs: BOTH,
    waitsMs: 50_000,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.request(listener)
      const { request } = await listener.nextRequest()
      await bench.scope.pause(50_000)
      listener.respond(request, {}, 'at last')
      assert.equal((await readAnswer(sender)).body.toString(), 'at last', 'body')
    },
  },
  {
    id: 'http-life.timeout.idle-body',
    level: 'SHOULD',
    source: '5.8',
    title: 'a response of which nothing comes for 60 s is cut off',
    needs: BOTH,
    waitsMs: RESPONSE_MS + SLACK_MS,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.request(listener)
      const { request } = await listener.nextRequest()
      const rendezvous = await bench.join(request)
      rendezvous.sendText(responseText(request, {}, true))
      rendezvous.send({ opcode: OPCODE.binary, payload: 'begun', fin: false })
      await sender.head()
      assert.equal((await readChunk(sender)).toString(), 'begun', 'first piece')
      await sender.over(RESPONSE_MS + SLACK_MS)
    },
  },
]

export const HTTP_LIFE: RelaySuite = {
  name: 'http-life',
  about:
    'HTTP requests from begin to end: addresses, timeouts, losses, errors, choice of a listener',
  cases: [
    ...timeouts,
    {
      id: 'http-life.address.once',
      level: 'MUST',
      source: '5.4, 5.7',
      title: "a request's address works once",
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        await bench.request(listener)
        const { request } = await listener.nextRequest()
        await bench.join(request)
        const { status } = await (await bench.dialAddress(request.address)).head()
        assert.notEqual(status, 101, 'a second rendezvous was let in')
      },
    },
    {
      id: 'http-life.address.answered',
      level: 'ASSUMED',
      question: 4,
      source: '5.7',
      title: 'the address of an answered request is refused with 403',
      needs: BOTH,
      async run(bench) {
        const { request } = await bench.exchange()
        assert.equal((await (await bench.dialAddress(request.address)).head()).status, 403)
      },
    },
    ...HTTP_LINKAGE,
    {
      id: 'http-life.loss.unfinished-response',
      level: 'MUST',
      source: '5.7',
      title: 'a response whose rendezvous is lost in the middle does not look complete',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const sender = await bench.request(listener)
        const { request } = await listener.nextRequest()
        const rendezvous = await bench.join(request)
        rendezvous.sendText(responseText(request, {}, true))
        rendezvous.send({ opcode: OPCODE.binary, payload: 'half', fin: false })
        await sender.head()
        assert.equal((await readChunk(sender)).toString(), 'half', 'first piece')
        rendezvous.reset()
        const rest = (await sender.rest()).toString()
        assert.doesNotMatch(rest, /^0\r\n/, 'the body was ended in order')
      },
    },
    {
      id: 'http-life.loss.rendezvous-before-response',
      level: 'ASSUMED',
      question: 16,
      source: '5.7',
      title: 'a request by address whose rendezvous is lost gets 500 or 502',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const body = Buffer.alloc(100_000)
        const sender = await bench.request(listener, { method: 'POST', body })
        const { value } = await listener.command()
        const on = await bench.joinRequest(value as Request)
        await on.nextRequest()
        on.peer.reset()
        const { status } = await readAnswer(sender)
        bench.scope.note(`status ${status}`)
        assert.ok(status === 500 || status === 502, `status is ${status}`)
      },
    },
    {
      id: 'http-life.loss.control-channel',
      level: 'ASSUMED',
      source: '5.8',
      title:
        'a request survives the end of its control channel and may be answered on its rendezvous',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const sender = await bench.request(listener)
        const { request } = await listener.nextRequest()
        listener.peer.sendClose(1000)
        await listener.peer.closeFrame()
        await sender.staysSilent(300)
        const on = await bench.joinRequest(request)
        on.respond(request, {}, 'by the other way')
        assert.equal((await readAnswer(sender)).body.toString(), 'by the other way', 'body')
      },
    },
    {
      id: 'http-life.loss.sender',
      level: 'SHOULD',
      source: '5.7',
      title: 'a rendezvous is closed when the connection of its sender ends',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const body = Buffer.alloc(100_000)
        const sender = await bench.request(listener, { method: 'POST', body })
        const { value } = await listener.command()
        const on = await bench.joinRequest(value as Request)
        const { request } = await on.nextRequest()
        on.respond(request)
        await readAnswer(sender)
        sender.socket.destroy()
        const { code } = readClose(await on.peer.closeFrame())
        bench.scope.note(`Close ${code}`)
        assert.ok(code === 1000 || code === 1001, `code of the Close is ${code}`)
      },
    },
    {
      id: 'http-life.error.unknown-entity',
      level: 'ASSUMED',
      question: 25,
      source: '5.10',
      title: 'a request for what does not exist gets 404 with JSON, EndpointNotFound',
      needs: ['listen', 'namespaceRule'],
      async run(bench) {
        const token = bench.listenToken({ resource: `http://${bench.host}/` })
        const target = `/${bench.path}-that-nobody-made`
        const sender = await bench.request(null, { target, token })
        const text = /^Endpoint does not exist\./
        checkHttpError(await readAnswer(sender), 404, 'EndpointNotFound', text)
      },
    },
    {
      id: 'http-life.error.no-listener',
      level: 'ASSUMED',
      question: 1,
      source: '5.10',
      title: 'a request without a listener gets 404 with JSON, EndpointNotFound',
      needs: ['send'],
      alone: true,
      async run(bench) {
        const answer = await readAnswer(await bench.request(null))
        const text = /^There are no listeners connected for the endpoint\./
        checkHttpError(answer, 404, 'EndpointNotFound', text)
      },
    },
    {
      id: 'http-life.error.tracking',
      level: 'SHOULD',
      source: '5.10, 9.3',
      title:
        'an error of the relay tells its tracking in reason phrase and JSON, HOST:PATH as tracker',
      needs: BOTH,
      async run(bench) {
        const headers = { 'Microsoft-Relay-AllowedListeners': randomUUID() }
        const sender = await bench.request(null, { headers, suffix: '/a/b' })
        const { reason, body, headers: answered } = await readAnswer(sender)
        const path = `${literal(bench.entity.path)}/a/b`
        const tracker = `SystemTracker:${literal(bench.host)}(?::\\d+)?:${path}, Timestamp:`
        assert.match(reason, new RegExp(`TrackingId:[0-9a-f-]{36}_G\\d+, ${tracker}`, 'i'))
        const { error } = JSON.parse(body.toString()) as { error: { message: string } }
        assert.match(error.message, new RegExp(tracker), 'error.message')
        assert.match(answered.get('Content-Type') ?? '', /^application\/json/, 'Content-Type')
      },
    },
    {
      id: 'http-life.stays',
      level: 'MUST',
      source: '5.5, 5.11',
      title: 'a redirect of the listener is passed on and not followed',
      needs: BOTH,
      async run(bench) {
        const responseHeaders = { Location: 'https://other.example/' }
        const response = { statusCode: 302, responseHeaders }
        const { answer } = await bench.exchange({ response })
        assert.equal(answer.status, 302, 'status')
        assert.equal(answer.headers.get('Location'), 'https://other.example/', 'Location')
      },
    },
  ],
}
