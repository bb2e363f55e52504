import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { test } from 'tap'
import {
  answeredRequest,
  decodeListenerMessage,
  decodeServiceMessage,
  encodeAccept,
  encodeRenewToken,
  encodeRequest,
  encodeRequestAddress,
  encodeResponse,
} from './control-message.ts'
import { RelayError } from './errors.ts'

const remoteEndpoint = { address: '203.0.113.7', port: 62_917 }

test('accept is written with the keys in the order of the service', (t) => {
  // relay-protocol 4.2
  const text = encodeAccept({
    remoteEndpoint,
    connectHeaders: [
      ['Host', 'contoso.servicebus.windows.net:443'],
      ['X-A', '1'],
      ['x-a', '2'],
    ],
    id: 'i_G0',
    address: 'wss://h/$hc/e?sb-hc-action=accept',
  })
  t.equal(
    text,
    '{"accept":{"address":"wss://h/$hc/e?sb-hc-action=accept","id":"i_G0","connectHeaders":{"Host":"contoso.servicebus.windows.net:443","X-A":"1, 2"},"remoteEndpoint":{"address":"203.0.113.7","port":62917}}}',
  )
  t.end()
})

test('a request is written with the keys in the order of the service, or as an address alone', (t) => {
  // relay-protocol 5.2, 5.4
  const text = encodeRequest({
    body: false,
    requestHeaders: [],
    remoteEndpoint,
    method: 'GET',
    requestTarget: '/e?x=1',
    id: 'i_G0',
    address: 'wss://h/a?b',
  })
  t.equal(
    text,
    '{"request":{"address":"wss://h/a?b","id":"i_G0","requestTarget":"/e?x=1","method":"GET","remoteEndpoint":{"address":"203.0.113.7","port":62917},"requestHeaders":{},"body":false}}',
  )
  t.equal(encodeRequestAddress('wss://h/a?b'), '{"request":{"address":"wss://h/a?b"}}')
  t.end()
})

test('header names with every token character survive', (t) => {
  const name = "!#$%&'*+-.^_`|~09azAZ"
  const headers = [
    [name, '1'],
    ['__proto__', 'x'],
    ['0', 'y'],
  ] as const
  const text = encodeAccept({ address: 'a', id: 'i', connectHeaders: headers, remoteEndpoint })
  const message = decodeServiceMessage(text)
  t.equal(message.kind, 'accept')
  if (message.kind !== 'accept') return t.end()
  t.strictSame(new Map(message.connectHeaders), new Map(headers))
  t.end()
})

test('renewToken is read', (t) => {
  t.strictSame(decodeListenerMessage('{"renewToken":{"token":"SharedAccessSignature sr=a"}}'), {
    kind: 'renewToken',
    token: 'SharedAccessSignature sr=a',
  })
  t.strictSame(decodeListenerMessage(encodeRenewToken('x')), { kind: 'renewToken', token: 'x' })
  t.end()
})

test('a response is read in the forms that listeners write', (t) => {
  // relay-protocol 5.5
  t.strictSame(
    decodeListenerMessage(
      '{"response":{"requestId":"i","body":true,"statusCode":"201","responseHeaders":{"A":"x","N":5,"L":["1",2],"Z":null}}}',
    ),
    {
      kind: 'response',
      requestId: 'i',
      statusCode: 201,
      statusDescription: null,
      responseHeaders: [
        ['A', 'x'],
        ['N', '5'],
        ['L', '1'],
        ['L', '2'],
      ],
      body: true,
    },
  )
  t.hasStrict(
    decodeListenerMessage(
      '{"response":{"requestId":"i","statusCode":204,"statusDescription":null,"responseHeaders":null}}',
    ),
    { statusCode: 204, statusDescription: null, responseHeaders: [], body: false },
  )
  t.end()
})

test('an unknown command is told apart from a broken one', (t) => {
  t.strictSame(decodeListenerMessage('{"injectFault":{}}'), { kind: 'unknown' })
  t.strictSame(decodeListenerMessage('{}'), { kind: 'unknown' })
  t.strictSame(decodeServiceMessage('{"future":1}'), { kind: 'unknown' })
  for (const text of [
    '',
    'x',
    '[]',
    'null',
    '5',
    '{"renewToken":"x"}',
    '{"renewToken":{}}',
    '{"renewToken":null}',
    '{"response":{"statusCode":200}}',
    '{"response":{"requestId":"i","statusCode":"abc"}}',
    '{"response":{"requestId":"i","statusCode":200,"responseHeaders":"x"}}',
  ]) {
    t.throws(() => decodeListenerMessage(text), { code: 'RELAY_MESSAGE_INVALID' }, text)
  }
  t.throws(() => decodeServiceMessage('{"accept":{"id":"i"}}'), { code: 'RELAY_MESSAGE_INVALID' })
  t.end()
})

test('the request that a broken response names is known, if it names one', (t) => {
  t.equal(answeredRequest('{"response":{"requestId":"r","statusCode":true}}'), 'r')
  for (const text of ['{', '[]', '{}', '{"response":5}', '{"response":{"requestId":5}}']) {
    t.equal(answeredRequest(text), undefined, text)
  }
  t.end()
})

test('a listener reads the capture of the real service', (t) => {
  const text =
    '{"accept":{"address":"wss:\\/\\/g17.example\\/$hc\\/e?sb-hc-action=accept","id":"i_G17_G30","connectHeaders":{"Host":"h:443"},"remoteEndpoint":{"address":"203.0.113.7","port":62917}}}'
  t.strictSame(decodeServiceMessage(text), {
    kind: 'accept',
    address: 'wss://g17.example/$hc/e?sb-hc-action=accept',
    id: 'i_G17_G30',
    connectHeaders: [['Host', 'h:443']],
    remoteEndpoint,
  })
  t.strictSame(decodeServiceMessage('{"request":{"address":"wss://h/a"}}'), {
    kind: 'requestAddress',
    address: 'wss://h/a',
  })
  t.end()
})

test('every response that is written is read back', (t) => {
  // Headers of one name are joined on the way, and digits as names change places in a JSON object.
  const headers = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z][\w-]*$/), fc.string()), {
    selector: ([name]) => name.toLowerCase(),
  })
  const message = fc.record({
    requestId: fc.string(),
    statusCode: fc.integer({ min: 100, max: 999 }),
    statusDescription: fc.option(fc.string()),
    responseHeaders: headers,
    body: fc.boolean(),
  })
  fc.assert(
    fc.property(message, (given) => {
      const read = decodeListenerMessage(encodeResponse(given))
      return isDeepStrictEqual(read, { kind: 'response', ...given })
    }),
  )
  t.end()
})

test('no text makes the decoders throw anything but RELAY_MESSAGE_INVALID', (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .tuple(fc.constantFrom('renewToken', 'response', 'accept', 'request'), fc.json())
      .map(([name, json]) => `{"${name}":${json}}`),
  )
  fc.assert(
    fc.property(text, (given) => {
      return [decodeListenerMessage, decodeServiceMessage].every((decode) => {
        try {
          decode(given)
          return true
        } catch (error) {
          return error instanceof RelayError && error.code === 'RELAY_MESSAGE_INVALID'
        }
      })
    }),
  )
  t.end()
})

test('a sender whose endpoint cannot be read is offered without it (relay-protocol 5.2: optional)', async (t) => {
  for (const endpoint of ['{}', 'null', '"::1"', '{"address":null,"port":0}']) {
    const text = `{"accept":{"address":"a","id":"i","connectHeaders":{},"remoteEndpoint":${endpoint}}}`
    t.match(decodeServiceMessage(text), { kind: 'accept', remoteEndpoint: undefined }, endpoint)
  }
})
