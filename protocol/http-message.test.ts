import { test } from 'tap'
import type { ResponseMessage } from './control-message.ts'
import {
  hasResponseBody,
  headerBytes,
  requestHeaders,
  requestTarget,
  responseHead,
} from './http-message.ts'

test('a path is decoded but for what would change its parts, relay-protocol 5.2', async (t) => {
  for (const [path, expected] of [
    ['hyco', '/hyco'],
    ['hyco/extra%20Path/x', '/hyco/extra Path/x'],
    ['hyco/%2F%2f%3f%3F%23%25', '/hyco/%2F%2f%3f%3F%23%25'],
    ['hyco/%0a%00%1F%7f', '/hyco/%0a%00%1F%7f'],
    ['hyco/%c2%85', '/hyco/%c2%85'],
    ['hyco/%C3%A9%2F%e2%82%ac', '/hyco/é%2F€'],
    ['hyco/%41%ff%42', '/hyco/%41%ff%42'],
    ['hyco/%4', '/hyco/%4'],
    ['hyco//', '/hyco//'],
  ] as const) {
    t.equal(requestTarget(path, ''), expected)
  }
  t.equal(requestTarget('hyco', 'a=%20&&'), '/hyco?a=%20&&')
})

test('what belongs to one connection is taken from a request, relay-protocol 5.3', async (t) => {
  t.strictSame(
    requestHeaders(
      [
        ['host', 'h:1'],
        ['CONNECTION', 'x-one, Via,X-Two'],
        ['x-One', '1'],
        ['X-TWO', '2'],
        ['Expect', '100-continue'],
        ['A', '1'],
        ['a', '2'],
        ['Via', '1.0 a'],
        ['Content-Length', '3'],
      ],
      'ns',
    ),
    [
      ['host', 'h:1'],
      ['A', '1, 2'],
      ['Via', '1.0 a, 1.1 ns'],
    ],
  )
})

test('headers are counted in bytes of names and values', async (t) => {
  t.equal(
    headerBytes([
      ['ab', 'cd'],
      ['é', ''],
    ]),
    6,
  )
})

const ANSWER: ResponseMessage = {
  requestId: 'r',
  statusCode: 200,
  statusDescription: null,
  responseHeaders: [],
  body: false,
}

test("a reason phrase is the listener's, or none, relay-protocol 5.5", async (t) => {
  t.match(responseHead(ANSWER, 'ns'), { status: 200, reason: null })
  t.match(responseHead({ ...ANSWER, statusDescription: '' }, 'ns'), { reason: '' })
  t.match(responseHead({ ...ANSWER, statusDescription: 'Mine' }, 'ns'), { reason: 'Mine' })
})

test('only final statuses make an answer', async (t) => {
  for (const statusCode of [0, 100, 101, 199, 1000, -200, 200.5]) {
    t.equal(responseHead({ ...ANSWER, statusCode }, 'ns'), undefined)
  }
  for (const statusCode of [200, 502, 504, 999]) t.ok(responseHead({ ...ANSWER, statusCode }, 'ns'))
})

test('headers that no line can hold are cleaned or dropped, and named', async (t) => {
  const head = responseHead(
    {
      ...ANSWER,
      responseHeaders: [
        ['Good', 'tab\tand é'],
        ['Split', 'a\r\nSet-Cookie: b'],
        ['Wide', '€ 💶'],
        ['Control', 'a\0b'],
        ['bad name', 'x'],
        ['', 'x'],
        ['Host', 'dropped in silence'],
        ['Via', '1.1 a'],
        ['via', '1.1 b'],
      ],
    },
    'ns',
  )
  t.strictSame(head?.headers, [
    ['Good', 'tab\tand é'],
    ['Split', 'a  Set-Cookie: b'],
    ['Wide', '? ?'],
    ['Control', 'a?b'],
    ['Via', '1.1 a, 1.1 b, 1.1 ns'],
  ])
  t.strictSame(head?.altered, ['Split', 'Wide', 'Control', 'bad name', ''])
})

test('who has a body, RFC 9110 6.4.1', async (t) => {
  t.ok(hasResponseBody('GET', 200))
  t.notOk(hasResponseBody('HEAD', 200))
  for (const status of [204, 205, 304]) t.notOk(hasResponseBody('GET', status))
})
