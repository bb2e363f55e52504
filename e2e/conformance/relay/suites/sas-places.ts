import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { RelayBench, RequestInput } from '../bench.ts'
import { checkRefusal } from '../expectations.ts'
import type { RelayCase } from '../needs.ts'
import { hasHeader, offered, requested } from '../sas-seen.ts'

const escape = encodeURIComponent

function keyPair(bench: RelayBench): string {
  const { send } = bench.entity
  assert.ok(send?.kind === 'key')
  return `sb-hc-sas-key-name=${escape(send.keyName)}&sb-hc-sas-key=${escape(send.key)}`
}

/** Ways to write `sb-hc-token`. */
const ENCODERS: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  (token: string) => string,
][] = [
  ['percent', 'MUST', 'percent-encoded, as hyco does', escape],
  ['form', 'MUST', 'form-encoded, its blank as +', (t) => escape(t).replaceAll('%20', '+')],
  ['slashes', 'SHOULD', 'with slashes left raw', (t) => escape(t).replaceAll('%2F', '/')],
]

/** Places of a token in an HTTP request; `listens` for what the listener sees of it. */
const HTTP_PLACES: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  (bench: RelayBench, token: string) => RequestInput,
][] = [
  ['header', 'MUST', 'ServiceBusAuthorization', (_b, token) => ({ token })],
  ['query', 'MUST', 'sb-hc-token', (_b, t) => ({ token: null, query: `sb-hc-token=${escape(t)}` })],
  [
    'key-pair',
    'SHOULD',
    'the pair of sb-hc-sas-key-name and sb-hc-sas-key',
    (bench) => ({
      token: null,
      query: keyPair(bench),
    }),
  ],
  [
    'authorization',
    'MUST',
    'Authorization',
    (_b, t) => ({
      token: null,
      headers: { Authorization: t },
    }),
  ],
  [
    'query-first',
    'SHOULD',
    'sb-hc-token, whatever ServiceBusAuthorization says',
    (_b, t) => ({
      token: 'bad',
      query: `sb-hc-token=${escape(t)}`,
    }),
  ],
]

export const SAS_PLACES: readonly RelayCase[] = [
  ...ENCODERS.map(([name, level, title, encode]): RelayCase => ({
    id: `sas.place.listen-query-${name}`,
    level,
    source: '1.4, 2.4',
    title: `a listener may put its token into sb-hc-token, ${title}`,
    needs: ['listen'],
    async run(bench) {
      const query = `sb-hc-action=listen&sb-hc-token=${encode(bench.listenToken())}&sb-hc-id=${randomUUID()}`
      await bench.listen({ token: null, query })
    },
  })),
  {
    id: 'sas.place.sender-query',
    level: 'MUST',
    source: '2.4',
    title: 'a sender may put its token into sb-hc-token, and the listener never sees it',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const listener = await bench.listen()
      const query = `a=1&sb-hc-token=${escape(bench.sendToken())}`
      const { address } = await offered(bench, listener, { token: null, query })
      assert.doesNotMatch(address, /sb-hc-token|SharedAccessSignature/i, 'address')
      assert.match(address, /\?a=1&/, 'address')
    },
  },
  {
    id: 'sas.place.sender-header-hidden',
    level: 'MUST',
    source: '2.4, 4.2',
    title: 'ServiceBusAuthorization of a WebSocket sender never reaches the listener',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const { headers } = await offered(bench, await bench.listen(), {})
      assert.equal(hasHeader(headers, 'servicebusauthorization'), false, 'it is in connectHeaders')
    },
  },
  {
    id: 'sas.place.header-first',
    level: 'SHOULD',
    source: '2.4',
    title: 'on a WebSocket handshake the header goes before the query',
    needs: ['listen', 'authorized'],
    async run(bench) {
      await offered(bench, await bench.listen(), { query: 'sb-hc-token=bad' })
    },
  },
  {
    id: 'sas.place.no-fall-through',
    level: 'ASSUMED',
    source: '2.4',
    title: 'a bad token in the first place is not made up for by a good one in another',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const query = `sb-hc-token=${escape(bench.sendToken())}`
      const sender = await bench.connect(await bench.listen(), { token: 'bad', query })
      checkRefusal(await sender.head(), 401, /Malformed ?Token/)
    },
  },
  {
    id: 'sas.place.websocket-authorization',
    level: 'ASSUMED',
    question: 17,
    source: '2.4',
    title:
      'Authorization opens a WebSocket where no other place has a token, and is kept back then',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const { headers } = await offered(bench, await bench.listen(), {
        token: null,
        headers: { Authorization: bench.sendToken() },
      })
      assert.equal(hasHeader(headers, 'authorization'), false, 'it is in connectHeaders')
    },
  },
  {
    id: 'sas.place.websocket-authorization-kept',
    level: 'MUST',
    source: '2.4, 4.2',
    title:
      "Authorization beside ServiceBusAuthorization is the sender's own and reaches the listener",
    needs: ['listen', 'authorized'],
    async run(bench) {
      const { headers } = await offered(bench, await bench.listen(), {
        headers: { Authorization: 'Basic eDp5' },
      })
      assert.equal(headers['Authorization'], 'Basic eDp5', 'Authorization')
    },
  },
  {
    id: 'sas.place.websocket-key-pair',
    level: 'ASSUMED',
    source: '2.4',
    title: 'rule and key may stand in a WebSocket address in place of a token',
    needs: ['listen', 'authorized', 'key'],
    async run(bench) {
      await offered(bench, await bench.listen(), { token: null, query: keyPair(bench) })
    },
  },
  ...HTTP_PLACES.map(([name, level, title, input]): RelayCase => ({
    id: `sas.place.http-${name}`,
    level,
    source: '2.4',
    title: `an HTTP request is let in by ${title}, which the listener does not see`,
    needs: name === 'key-pair' ? ['listen', 'authorized', 'key'] : ['listen', 'authorized'],
    async run(bench) {
      const { target, headers } = await requested(bench, input(bench, bench.sendToken()))
      assert.doesNotMatch(target, /sb-hc-|SharedAccess/i, 'requestTarget')
      assert.equal(hasHeader(headers, 'servicebusauthorization'), false, 'ServiceBusAuthorization')
      assert.equal(hasHeader(headers, 'authorization'), false, 'Authorization')
    },
  })),
  {
    id: 'sas.place.http-authorization-kept',
    level: 'MUST',
    source: '2.4',
    title: 'Authorization of an HTTP request beside ServiceBusAuthorization reaches the listener',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const { headers } = await requested(bench, { headers: { Authorization: 'Bearer bearbear' } })
      assert.equal(headers['Authorization'], 'Bearer bearbear', 'Authorization')
    },
  },
  {
    id: 'sas.audience.java-http',
    level: 'MUST',
    source: '2.2',
    title: 'an HTTP request may be signed for its whole address, suffix and query included',
    needs: ['listen', 'authorized', 'key'],
    async run(bench) {
      const { host, entity } = bench
      const resource = `https://${host}/${entity.path}/extra path?some=query`
      const token = bench.sendToken({ resource })
      await requested(bench, { token, suffix: '/extra%20path', query: 'some=query' })
    },
  },
]
