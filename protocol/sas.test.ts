import fc from 'fast-check'
import { test } from 'tap'
import { RelayError } from './errors.ts'
import {
  bareToken,
  expiredText,
  isExpired,
  mintSasToken,
  parseSasToken,
  tokenKind,
  verifySasSignature,
} from './sas.ts'

const KEY = 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w='
// Signed with `openssl dgst -sha256 -hmac`, not with the code under test.
const RESOURCE = 'http%3a%2f%2fcontoso.servicebus.windows.net%2fhyco%2f'
const SIGNATURE = 'P2B/jgC47dTtueS7FYoBIFdpC6ZheRxAinkVxtx72ck='
const TOKEN = `SharedAccessSignature sr=${RESOURCE}&sig=${encodeURIComponent(SIGNATURE)}&se=1700000000&skn=RootManageSharedAccessKey`

test('a token is read into its fields', (t) => {
  t.hasStrict(parseSasToken(TOKEN), {
    resource: RESOURCE,
    signature: SIGNATURE,
    expirySeconds: 1_700_000_000,
    keyName: 'RootManageSharedAccessKey',
  })
  t.end()
})

test('a token signed elsewhere verifies with the primary or the secondary key only', (t) => {
  const token = parseSasToken(TOKEN)
  t.equal(verifySasSignature(token, [KEY, 'other']), true)
  t.equal(verifySasSignature(token, ['other', KEY]), true)
  t.equal(verifySasSignature(token, ['other']), false)
  t.equal(verifySasSignature(token, []), false)
  t.end()
})

test('a token of hyco-ws verifies', (t) => {
  const token = parseSasToken(
    'SharedAccessSignature sr=http%3A%2F%2Fh.example%3A443%2Fa%2Fb&sig=Bm40WXCWlo%2B%2Fj5Z0hM0UjkaaUISHdSB5ERrliZsJgVU%3D&se=1795308173&skn=rule',
  )
  t.equal(verifySasSignature(token, ['key']), true)
  t.end()
})

test('a raw slash inside sig is fine', (t) => {
  const text = TOKEN.replace('%2F', '/')
  t.not(text, TOKEN)
  t.equal(verifySasSignature(parseSasToken(text), [KEY]), true)
  t.end()
})

test('a changed audience, expiry or signature does not verify', (t) => {
  for (const text of [
    TOKEN.replace('hyco', 'other'),
    TOKEN.replace('%3a', '%3A'),
    TOKEN.replace('se=17', 'se=18'),
    TOKEN.replace('se=', 'se=0'),
    TOKEN.replace('sig=P2B', 'sig=P3B'),
    TOKEN.replace(/sig=[^&]*/, 'sig=AAAA'),
  ]) {
    t.not(text, TOKEN)
    t.equal(verifySasSignature(parseSasToken(text), [KEY]), false, text)
  }
  t.end()
})

test('an empty key verifies nothing', (t) => {
  const text = mintSasToken({ resource: 'http://h/', keyName: 'r', key: '', expirySeconds: 1 })
  t.equal(verifySasSignature(parseSasToken(text), ['']), false)
  t.end()
})

test('fields come in any order and case, and unknown ones are ignored', (t) => {
  const text = `sharedaccesssignature SKN=r&future=1&SE=5&x&&Sig=AAAA&SR=http%3a%2f%2fh`
  t.hasStrict(parseSasToken(text), { keyName: 'r', expirySeconds: 5, resource: 'http%3a%2f%2fh' })
  t.end()
})

test('a malformed token is refused without quoting it', (t) => {
  const canary = 'c4n4ry'
  const cases = [
    '',
    canary,
    `SharedAccessSignature`,
    `SharedAccessSignature ${canary}`,
    `SharedAccessSignature  sr=a&sig=${canary}&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=x&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=-1&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=1.5&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=1234567890123&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}%&se=1&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=1&skn=%ff`,
    `SharedAccessSignature sr=a&sig=${canary}&se=1&skn=r&skn=r`,
    `SharedAccessSignature sr=a&SR=a&sig=${canary}&se=1&skn=r`,
    `SharedAccessSignature sr=a&sig=${canary}&se=1&skn=${'r'.repeat(257)}`,
    `SharedAccessSignature sr=${'a'.repeat(8_192)}&sig=${canary}&se=1&skn=r`,
    `Bearer SharedAccessSignature sr=a&sig=${canary}&se=1&skn=r`,
  ]
  for (const text of cases) {
    const fault = {
      code: 'RELAY_TOKEN_MALFORMED',
      status: 401,
      message: /^MalformedToken: [^\n]*\.$/,
    }
    t.throws(() => parseSasToken(text), fault, text.slice(0, 80))
    t.throws(() => parseSasToken(text), { message: /^(?!.*c4n4ry)/ }, text.slice(0, 80))
  }
  t.end()
})

test('any token that is minted verifies with its own key alone and says what it was given', (t) => {
  // Well-formed text only: a lone surrogate has no UTF-8.
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 })
  const input = fc.record({
    resource: text,
    keyName: text,
    key: text,
    expirySeconds: fc.nat({ max: 999_999_999_999 }),
  })
  fc.assert(
    fc.property(input, (given) => {
      const token = parseSasToken(mintSasToken(given))
      return (
        decodeURIComponent(token.resource) === given.resource &&
        token.keyName === given.keyName &&
        token.expirySeconds === given.expirySeconds &&
        verifySasSignature(token, [given.key]) &&
        !verifySasSignature(token, [`${given.key}x`])
      )
    }),
  )
  t.end()
})

test('whatever is parsed, only RELAY_TOKEN_MALFORMED is thrown', (t) => {
  const piece = fc.constantFrom('sr=', 'sig=', 'se=', 'skn=', '&', '%', 'a', '1', '%2F', '=', 'x=1')
  const text = fc.array(piece).map((pieces) => `SharedAccessSignature ${pieces.join('')}`)
  fc.assert(
    fc.property(text, (given) => {
      try {
        parseSasToken(given)
        return true
      } catch (error) {
        return error instanceof RelayError && error.code === 'RELAY_TOKEN_MALFORMED'
      }
    }),
  )
  t.end()
})

test('a token lives through its last second', (t) => {
  const token = { expirySeconds: 100 }
  t.equal(isExpired(token, 100_000), false)
  t.equal(isExpired(token, 100_001), true)
  t.end()
})

test('the text of an expiry is that of the service', (t) => {
  t.equal(
    expiredText(1_700_000_000),
    "ExpiredToken: The token is expired. Expiration time: '2023-11-14 22:13:20Z'.",
  )
  t.doesNotThrow(() => expiredText(999_999_999_999))
  t.end()
})

test('tokens are told apart by their form', (t) => {
  t.equal(tokenKind(TOKEN), 'sas')
  t.equal(tokenKind('sharedaccesssignature x'), 'sas')
  t.equal(tokenKind('eyJh.eyJh.c2ln'), 'jwt')
  t.equal(tokenKind('bearer eyJh.eyJh.c2ln'), 'jwt')
  // An unsigned JWT has an empty third part; its form is a JWT's, and who verifies it refuses it.
  t.equal(tokenKind('eyJh.eyJh.'), 'jwt')
  for (const text of [
    '',
    'a.b',
    'a.b.c.d',
    'Basic x',
    'a b.c.d',
    'SharedAccessSignature',
    'Bearer ',
  ]) {
    t.equal(tokenKind(text), 'unknown', text)
  }
  t.equal(bareToken('Bearer eyJh.eyJh.c2ln'), 'eyJh.eyJh.c2ln')
  t.equal(bareToken('eyJh.eyJh.c2ln'), 'eyJh.eyJh.c2ln')
  t.end()
})
