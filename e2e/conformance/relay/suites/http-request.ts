import assert from 'node:assert/strict'
import { BOTH, type RelayCase, type RelaySuite } from '../needs.ts'
import { REQUEST_BODIES } from './request-bodies.ts'
import { REQUEST_MESSAGE, namesOf } from './request-message.ts'

const METHODS: readonly [method: string, level: RelayCase['level']][] = [
  ['DELETE', 'MUST'],
  ['GET', 'MUST'],
  ['HEAD', 'MUST'],
  ['OPTIONS', 'MUST'],
  ['POST', 'MUST'],
  ['PUT', 'MUST'],
  ['TRACE', 'MUST'],
  ['PATCH', 'ASSUMED'],
  ['PROPFIND', 'ASSUMED'],
]

const methodCases = METHODS.map(([method, level]): RelayCase => ({
  id: `http-request.method.${method.toLowerCase()}`,
  level,
  source: '5.1',
  title: `a ${method} request reaches the listener and is answered`,
  needs: BOTH,
  async run(bench) {
    const { request, answer } = await bench.exchange({ method, response: { statusCode: 202 } })
    assert.equal(request.method, method, 'method')
    assert.equal(answer.status, 202, 'status')
  },
}))

/** What of the path is decoded in `requestTarget`. */
const ESCAPES: readonly [name: string, sent: string, seen: string][] = [
  ['blank', '/a%20b', '/a b'],
  ['non-ascii', '/%C3%A9', '/é'],
  ['slash', '/a%2Fb', '/a%2Fb'],
  ['question-mark', '/a%3Fb', '/a%3Fb'],
  ['hash', '/a%23b', '/a%23b'],
  ['percent', '/a%25b', '/a%25b'],
]

const escapeCases = ESCAPES.map(([name, sent, seen]): RelayCase => ({
  id: `http-request.target.escape-${name}`,
  level: 'ASSUMED',
  question: 7,
  source: '5.2',
  title: `the path "${sent}" reaches the listener as "${seen}"`,
  needs: BOTH,
  async run(bench) {
    const { request } = await bench.exchange({ suffix: sent })
    assert.equal(request.requestTarget, `/${bench.entity.path}${seen}`, 'requestTarget')
  },
}))

export const HTTP_REQUEST: RelaySuite = {
  name: 'http-request',
  about: 'HTTP requests on their way to a listener',
  cases: [
    ...methodCases,
    ...REQUEST_MESSAGE,
    ...escapeCases,
    {
      id: 'http-request.target.non-ascii-query',
      level: 'ASSUMED',
      question: 8,
      source: '1.3',
      title: 'escapes of bytes from 0x80 in the query come out with upper-case hex',
      needs: BOTH,
      async run(bench) {
        const { request } = await bench.exchange({ query: 'name=%C3%b8&x=%2f' })
        assert.equal(request.requestTarget, `/${bench.entity.path}?name=%C3%B8&x=%2f`)
      },
    },
    {
      id: 'http-request.target.entity-spelling',
      level: 'ASSUMED',
      question: 28,
      source: '5.2',
      title: 'requestTarget spells the entity as the sender wrote it',
      needs: BOTH,
      async run(bench) {
        const target = `/${bench.path.toUpperCase()}`
        const { request } = await bench.exchange({ target })
        assert.equal(request.requestTarget, target, 'requestTarget')
      },
    },
    {
      id: 'http-request.unique-ids',
      level: 'MUST',
      source: '5.2',
      title: 'requests without sb-hc-id have ids of their own',
      needs: BOTH,
      async run(bench) {
        const first = await bench.exchange()
        const { request } = await bench.exchange({ listener: first.listener, on: first.sender })
        assert.notEqual(request.id, first.request.id, 'two requests have one id')
      },
    },
    {
      id: 'http-request.keep-alive',
      level: 'MUST',
      source: '5.11',
      title: 'one connection carries one request after the other',
      needs: BOTH,
      async run(bench) {
        const { listener, sender } = await bench.exchange({ responseBody: 'first' })
        const second = await bench.exchange({ listener, on: sender, responseBody: 'second' })
        assert.equal(second.answer.body.toString(), 'second', 'body')
      },
    },
    {
      id: 'http-request.expect-continue',
      level: 'ASSUMED',
      question: 10,
      source: '5.3',
      title: 'Expect: 100-continue is answered by the relay and does not reach the listener',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const headers = { Expect: '100-continue', 'Content-Length': '4' }
        const sender = await bench.request(listener, { method: 'POST', headers })
        assert.equal((await sender.head()).status, 100, 'status before the body')
        sender.socket.write('late')
        const { request, body } = await listener.nextRequest()
        assert.equal(body?.toString(), 'late', 'body')
        assert.equal(namesOf(request).includes('expect'), false, 'Expect is in requestHeaders')
        listener.respond(request)
        assert.equal((await sender.head()).status, 200, 'status')
      },
    },
    ...REQUEST_BODIES,
  ],
}
