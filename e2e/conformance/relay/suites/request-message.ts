import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Request } from '../control-listener.ts'
import { GUID } from '../expectations.ts'
import { BOTH, type RelayCase } from '../needs.ts'

type Sent = { readonly id: string; readonly entity: string; readonly host: string }

/** A fact about the members of a request that has no body. */
type RequestFact = readonly [
  name: string,
  level: RelayCase['level'],
  source: string,
  title: string,
  check: (request: Request, sent: Sent) => void,
  question?: number,
]

const header = ({ requestHeaders }: Request, name: string) => requestHeaders[name]
/** Names of a request's headers, in lower case. */
export const namesOf = ({ requestHeaders }: Request) =>
  Object.keys(requestHeaders).map((name) => name.toLowerCase())

const FACTS: readonly RequestFact[] = [
  [
    'members',
    'MUST',
    '5.2',
    'a request has address, id, requestTarget, method, remoteEndpoint, requestHeaders and body',
    (request) =>
      assert.deepEqual(
        Object.keys(request).sort(),
        [
          'address',
          'body',
          'id',
          'method',
          'remoteEndpoint',
          'requestHeaders',
          'requestTarget',
        ].sort(),
        'members',
      ),
  ],
  [
    'order',
    'SHOULD',
    '5.2',
    'its members come in the order of the service',
    (request) =>
      assert.deepEqual(
        Object.keys(request),
        ['address', 'id', 'requestTarget', 'method', 'remoteEndpoint', 'requestHeaders', 'body'],
        'members',
      ),
  ],
  [
    'address',
    'MUST',
    '5.2',
    'address is a WebSocket URL below /$hc with sb-hc-action=request and the id',
    ({ address, id }) => {
      assert.match(address, /^wss?:\/\/[^/]+\/\$hc\/[^?]+\?/, 'address')
      const parameters = new URL(address).searchParams
      assert.equal(parameters.get('sb-hc-action'), 'request', 'sb-hc-action')
      assert.equal(parameters.get('sb-hc-id'), id, 'sb-hc-id')
      for (const [name, value] of parameters)
        if (name.startsWith('sb-hc-')) assert.doesNotMatch(value, /[=&]/, name)
    },
  ],
  ['id', 'MUST', '5.2', 'id begins with a GUID', ({ id }) => assert.match(id, GUID, 'id')],
  [
    'id-of-sender',
    'SHOULD',
    '5.2',
    "id is the sender's sb-hc-id with the gateway behind it",
    ({ id }, sent) => assert.match(id, new RegExp(`^${sent.id}(?:_G\\d+)+$`, 'i'), 'id'),
  ],
  [
    'remote-endpoint',
    'MUST',
    '5.2',
    'remoteEndpoint has an address and a port',
    ({ remoteEndpoint }) => {
      assert.equal(typeof remoteEndpoint.address, 'string', 'address')
      assert.ok(Number.isInteger(remoteEndpoint.port), 'port is no whole number')
    },
  ],
  [
    'headers-texts',
    'MUST',
    '5.2',
    'requestHeaders is an object of texts',
    ({ requestHeaders }) => {
      for (const [name, value] of Object.entries(requestHeaders))
        assert.equal(typeof value, 'string', name)
    },
  ],
  [
    'no-body',
    'MUST',
    '5.4',
    'body is false where no length and no chunks were announced',
    ({ body }) => assert.equal(body, false, 'body'),
  ],
  [
    'host',
    'ASSUMED',
    '5.3',
    'Host stays in requestHeaders as the sender wrote it',
    (request, { host }) => assert.equal(header(request, 'Host'), host, 'Host'),
    9,
  ],
  [
    'via',
    'MUST',
    '5.3',
    "Via names the namespace behind the sender's own",
    (request, { host }) => {
      const own = host.replace(/:\d+$/, '')
      assert.equal(header(request, 'Via')?.toLowerCase(), `1.0 before, 1.1 ${own}`, 'Via')
    },
  ],
  [
    'repeated',
    'MUST',
    '5.3',
    'repeated headers are one text, joined with a comma and a blank',
    (request) => assert.equal(header(request, 'X-Twice'), 'requestValue1, requestValue2'),
  ],
  [
    'cookies',
    'ASSUMED',
    '5.3',
    'repeated Cookie headers are joined with a semicolon',
    (request) => assert.equal(header(request, 'Cookie'), 'a=1; b=2', 'Cookie'),
  ],
  [
    'spelling',
    'MUST',
    '5.3',
    'names of headers keep their spelling',
    (request) => assert.equal(header(request, 'X-sPeLLing_1'), 'kept', 'X-sPeLLing_1'),
  ],
  [
    'framing',
    'SHOULD',
    '5.3',
    'Connection, TE, Trailer, Upgrade and Close do not reach the listener',
    (request) => {
      const framing = ['connection', 'te', 'trailer', 'transfer-encoding', 'close']
      const there = namesOf(request).filter((name) => framing.includes(name))
      assert.deepEqual(there, [], 'headers of framing')
    },
  ],
  [
    'hop-by-hop',
    'ASSUMED',
    '5.3',
    'Keep-Alive, Proxy-Connection and what Connection names do not reach the listener',
    (request) => {
      const there = namesOf(request).filter((name) =>
        ['keep-alive', 'proxy-connection', 'x-hop'].includes(name),
      )
      assert.deepEqual(there, [], 'headers of one hop')
    },
  ],
  [
    'selection',
    'ASSUMED',
    '5.3, 5.9',
    'the headers that select a listener reach it',
    (request) => assert.ok(header(request, 'Microsoft-Relay-AllowedListeners'), 'it is missing'),
    21,
  ],
]

/** Facts about the members of a request. Source: relay-protocol 5.2, 5.3. */
export const REQUEST_MESSAGE: readonly RelayCase[] = FACTS.map(
  ([name, level, source, title, check, question]): RelayCase => ({
    id: `http-request.${name}`,
    level,
    source,
    title,
    ...(question !== undefined && { question }),
    needs: BOTH,
    async run(bench) {
      const id = randomUUID()
      const { request } = await bench.exchange({
        query: `own=1&sb-hc-id=${id}`,
        headers: [
          ['Connection', 'keep-alive, X-Hop'],
          ['X-Hop', '1'],
          ['Keep-Alive', 'timeout=5'],
          ['Proxy-Connection', 'keep-alive'],
          ['TE', 'trailers'],
          ['Trailer', 'X-Last'],
          ['Close', 'now'],
          ['Via', '1.0 before'],
          ['X-Twice', 'requestValue1'],
          ['X-Twice', 'requestValue2'],
          ['Cookie', 'a=1'],
          ['Cookie', 'b=2'],
          ['X-sPeLLing_1', 'kept'],
        ],
      })
      check(request, { id, entity: bench.entity.path, host: bench.target.host })
    },
  }),
)
