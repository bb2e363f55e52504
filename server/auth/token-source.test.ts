import { test } from 'tap'
import { readCredential, withoutCredentials } from './token-source.ts'

const HEADERS = { servicebusauthorization: 'relay', authorization: 'own' }
const QUERY = 'sb-hc-token=query&sb-hc-sas-key-name=rule&sb-hc-sas-key=key'

/** What counts, from first to last, for each kind of call. Source: relay-protocol 2.4. */
const ORDER = {
  webSocket: ['serviceBusAuthorization', 'query', 'key', 'authorization', 'none'],
  http: ['query', 'serviceBusAuthorization', 'key', 'authorization', 'none'],
} as const
/** Takes one place away. */
const WITHOUT = {
  serviceBusAuthorization: { servicebusauthorization: undefined },
  query: /sb-hc-token=query&/,
  key: /sb-hc-sas-key=key/,
  authorization: { authorization: undefined },
} as const

for (const call of ['webSocket', 'http'] as const) {
  test(`the places of a token rank as relay-protocol 2.4 says: ${call}`, async (t) => {
    let headers: Record<string, string | undefined> = HEADERS
    let query = QUERY
    for (const expected of ORDER[call]) {
      const found = readCredential(call, headers, query)
      t.equal(found.kind === 'token' ? found.place : found.kind, expected)
      if (expected === 'none') break
      const less = WITHOUT[expected]
      if (less instanceof RegExp) query = query.replace(less, '')
      else headers = { ...headers, ...less }
    }
  })

  test(`a bad token in a higher place is not passed over: ${call}`, async (t) => {
    const [first] = ORDER[call]
    const found =
      first === 'query'
        ? readCredential(call, HEADERS, 'sb-hc-token=nonsense')
        : readCredential(call, { ...HEADERS, servicebusauthorization: 'nonsense' }, QUERY)
    t.match(found, { kind: 'token', place: first, readings: ['nonsense'] })
  })
}

test('half a key pair is none', async (t) => {
  t.match(readCredential('http', {}, 'sb-hc-sas-key-name=rule'), { kind: 'none' })
  t.match(readCredential('http', {}, 'sb-hc-sas-key=key'), { kind: 'none' })
  t.match(readCredential('http', {}, 'SB-HC-SAS-KEY=a%2Bb%3D&sb-hc-sas-key-name=rule'), {
    kind: 'key',
    keyName: 'rule',
    key: 'a+b=',
  })
})

test('an empty place counts as none', async (t) => {
  t.match(readCredential('webSocket', { servicebusauthorization: '' }, 'sb-hc-token='), {
    kind: 'none',
  })
})

test('a token in a query is read as a form first, then with its plus signs, relay-protocol 1.4', async (t) => {
  t.strictSame(readCredential('http', {}, 'sb-hc-token=Shared+sig%3Da%2Bb'), {
    kind: 'token',
    place: 'query',
    readings: ['Shared sig=a+b', 'Shared+sig=a+b'],
  })
  t.match(readCredential('http', {}, 'sb-hc-token=Shared%20x'), { readings: ['Shared x'] })
})

test('a broken escape makes a malformed token and no malformed address', async (t) => {
  t.match(readCredential('http', {}, 'sb-hc-token=%zz'), { kind: 'token', readings: ['%zz'] })
})

test('a listener never sees the token of the relay, and sees Authorization unless it was the credential', async (t) => {
  const headers = [
    ['SERVICEBUSAUTHORIZATION', 'x'],
    ['authorization', 'y'],
    ['Host', 'h'],
  ] as const
  t.strictSame(withoutCredentials(headers, { kind: 'none' }), headers.slice(1))
  const token = { kind: 'token', readings: [''] } as const
  t.strictSame(withoutCredentials(headers, { ...token, place: 'query' }), headers.slice(1))
  t.strictSame(withoutCredentials(headers, { ...token, place: 'authorization' }), headers.slice(2))
})
