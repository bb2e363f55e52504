import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { readAnswer } from '../../wire/answer.ts'
import type { Response } from '../control-listener.ts'
import { BOTH, type RelayCase, type RelaySuite } from '../needs.ts'
import { RESPONSE_BODIES } from './response-bodies.ts'

/** Statuses that Microsoft's own tests send through, and some at the edges. */
const STATUSES: readonly [status: number, level: RelayCase['level']][] = [
  ...[200, 201, 202, 204, 205, 300, 304, 306, 400, 401, 403, 404, 407, 408, 418].map(
    (status): [number, RelayCase['level']] => [status, 'MUST'],
  ),
  ...[426, 450, 500, 501, 502, 503, 504, 505].map((status): [number, RelayCase['level']] => [
    status,
    'MUST',
  ]),
  [599, 'ASSUMED'],
  [999, 'ASSUMED'],
]

const statusCases = STATUSES.map(([statusCode, level]): RelayCase => ({
  id: `http-response.status.${statusCode}`,
  level,
  source: '5.5',
  title: `a listener's ${statusCode} reaches the sender`,
  needs: BOTH,
  async run(bench) {
    const { answer } = await bench.exchange({ response: { statusCode } })
    assert.equal(answer.status, statusCode, 'status')
    assert.equal(answer.body.length, 0, 'bytes of the body')
  },
}))

/** Responses as the various listeners write them, and the reason phrase that comes of each. */
const FORMS: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  response: Response,
  status: number,
  reason: string | undefined,
][] = [
  [
    'status-text',
    'MUST',
    'statusCode may be a text of digits',
    { statusCode: '202' },
    202,
    undefined,
  ],
  [
    'description-missing',
    'MUST',
    'without statusDescription the standard phrase is sent',
    { statusCode: 201 },
    201,
    STATUS_CODES[201],
  ],
  [
    'description-null',
    'MUST',
    'for a statusDescription of null the standard phrase is sent',
    { statusCode: 201, statusDescription: null },
    201,
    STATUS_CODES[201],
  ],
  [
    'description',
    'MUST',
    'statusDescription is the reason phrase',
    { statusDescription: 'TestStatusDescription' },
    200,
    'TestStatusDescription',
  ],
  [
    'description-punctuation',
    'MUST',
    'statusDescription keeps its punctuation',
    { statusDescription: '!#$%&*+-.^_`~*|"\'(){}[]<>=/,:;@\\ 09azAZ' },
    200,
    '!#$%&*+-.^_`~*|"\'(){}[]<>=/,:;@\\ 09azAZ',
  ],
  [
    'description-long',
    'SHOULD',
    'a long statusDescription arrives whole',
    { statusDescription: `TrackingId:${'x'.repeat(1_000)}.` },
    200,
    `TrackingId:${'x'.repeat(1_000)}.`,
  ],
  [
    'headers-null',
    'MUST',
    'responseHeaders may be null',
    { responseHeaders: null },
    200,
    undefined,
  ],
  [
    'headers-numbers',
    'MUST',
    'values of responseHeaders may be numbers',
    { responseHeaders: { 'X-Number': 7 } },
    200,
    undefined,
  ],
  ['body-missing', 'ASSUMED', 'body may be left out', { body: undefined }, 200, undefined],
]

const formCases = FORMS.map(([name, level, title, response, status, reason]): RelayCase => ({
  id: `http-response.form.${name}`,
  level,
  source: '5.5',
  title,
  needs: BOTH,
  async run(bench) {
    const { answer } = await bench.exchange({ response })
    assert.equal(answer.status, status, 'status')
    if (reason !== undefined) assert.equal(answer.reason, reason, 'reason phrase')
    if (name === 'headers-numbers') assert.equal(answer.headers.get('X-Number'), '7', 'X-Number')
  },
}))

/** A fact about the headers that a sender gets. */
const HEADERS: readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  check: (headers: ReadonlyMap<string, string>) => void,
][] = [
  [
    'values',
    'MUST',
    "a listener's headers arrive value by value",
    (headers) => {
      assert.equal(headers.get('Content-Type'), 'text/plain; charset=utf-8', 'Content-Type')
      assert.equal(headers.get('X-Multi'), 'responseValue1,responseValue2', 'X-Multi')
    },
  ],
  [
    'spelling',
    'MUST',
    'names of headers keep their spelling',
    (headers) => assert.equal(headers.get('x-LoWeR-case'), 'kept', 'x-LoWeR-case'),
  ],
  [
    'cookie',
    'MUST',
    'Set-Cookie arrives',
    (headers) => assert.equal(headers.get('Set-Cookie'), 'a=1; Path=/', 'Set-Cookie'),
  ],
  [
    'framing',
    'MUST',
    "a listener's framing does not reach the sender",
    (headers) => {
      assert.equal(headers.get('TE'), undefined, 'TE')
      assert.equal(headers.get('Trailer'), undefined, 'Trailer')
      assert.notEqual(headers.get('Content-Length'), '99999', 'Content-Length')
      assert.notEqual(headers.get('Connection'), 'X-Listener', 'Connection')
    },
  ],
]

const headerCases = HEADERS.map(([name, level, title, check]): RelayCase => ({
  id: `http-response.headers.${name}`,
  level,
  source: '5.5',
  title,
  needs: BOTH,
  async run(bench) {
    const { answer } = await bench.exchange({
      response: {
        responseHeaders: {
          'Content-Type': 'text/plain; charset=utf-8',
          'X-Multi': 'responseValue1,responseValue2',
          'x-LoWeR-case': 'kept',
          'Set-Cookie': 'a=1; Path=/',
          TE: 'trailers',
          Trailer: 'X-Last',
          Connection: 'X-Listener',
          'Content-Length': '99999',
          'Transfer-Encoding': 'chunked',
        },
      },
      responseBody: 'hello',
    })
    assert.equal(answer.body.toString(), 'hello', 'body')
    check(new Map(answer.headers.list))
  },
}))

export const HTTP_RESPONSE: RelaySuite = {
  name: 'http-response',
  about: "a listener's answers on their way to the sender",
  cases: [
    ...statusCases,
    ...formCases,
    ...headerCases,
    {
      id: 'http-response.via.added',
      level: 'MUST',
      source: '5.5',
      title: "Via names the namespace on a listener's answer",
      needs: BOTH,
      async run(bench) {
        const { answer } = await bench.exchange()
        assert.equal(answer.headers.get('Via')?.toLowerCase(), `1.1 ${bench.host.toLowerCase()}`)
      },
    },
    {
      id: 'http-response.via.appended',
      level: 'SHOULD',
      source: '5.5',
      title: "Via is continued behind the listener's own",
      needs: BOTH,
      async run(bench) {
        const response = { responseHeaders: { Via: '1.1 origin' } }
        const { answer } = await bench.exchange({ response })
        const via = answer.headers.all('Via').join(', ').toLowerCase()
        assert.equal(via, `1.1 origin, 1.1 ${bench.host.toLowerCase()}`, 'Via')
      },
    },
    {
      id: 'http-response.interim',
      level: 'ASSUMED',
      source: '5.5, 5.11',
      title: 'a response with a status of 1xx does not reach the sender as an interim answer',
      needs: BOTH,
      async run(bench) {
        const { answer } = await bench.exchange({ response: { statusCode: 103 } })
        bench.scope.note(`status ${answer.status}`)
        assert.ok(answer.status >= 200, `status is ${answer.status}`)
      },
    },
    {
      id: 'http-response.out-of-order',
      level: 'MUST',
      source: '5.6',
      title: 'a listener may answer requests in another order than they came',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const first = await bench.request(listener, { suffix: '/first' })
        const one = await listener.nextRequest()
        const second = await bench.request(listener, { suffix: '/second' })
        const two = await listener.nextRequest()
        listener.respond(two.request, {}, 'to the second')
        listener.respond(one.request, {}, 'to the first')
        assert.equal((await readAnswer(second)).body.toString(), 'to the second')
        assert.equal((await readAnswer(first)).body.toString(), 'to the first')
      },
    },
    ...(['unknown', 'answered'] as const).map((which): RelayCase => ({
      id: `http-response.ignored-${which}`,
      level: 'ASSUMED',
      source: '5.5',
      title: `a response to a request that is ${which} is ignored with its body`,
      needs: BOTH,
      async run(bench) {
        const { listener, request } = await bench.exchange()
        const stranger = { id: '00000000-0000-0000-0000-000000000000_G0' }
        listener.respond(which === 'unknown' ? stranger : request, {}, 'to nobody')
        const { answer } = await bench.exchange({ listener, responseBody: 'to somebody' })
        assert.equal(answer.body.toString(), 'to somebody', 'body')
      },
    })),
    {
      id: 'http-response.gone-sender',
      level: 'MUST',
      source: '5.8',
      title: 'the response to a sender that left is dropped, and the channel goes on',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const sender = await bench.request(listener)
        const { request } = await listener.nextRequest()
        sender.reset()
        await bench.scope.pause(100)
        listener.respond(request, {}, 'too late')
        const { answer } = await bench.exchange({ listener, responseBody: 'in time' })
        assert.equal(answer.body.toString(), 'in time', 'body')
      },
    },
    ...RESPONSE_BODIES,
  ],
}
