import { test } from 'tap'
import { audienceCovers, readAudience } from './audience.ts'

// relay-protocol 2.2: what official clients sign, before encoding.
const ENTITY_SPELLINGS = [
  ['.NET', 'http://h.example/entity/'],
  ['hyco with wss', 'http://h.example:443/entity'],
  ['hyco with https', 'http://h.example/entity'],
  ['Java listener', 'sb://h.example/entity'],
  ['Java listener with a port and query', 'sb://h.example:9443/entity?x=1'],
  ['upper case', 'HTTP://H.EXAMPLE/Entity/'],
  ['wss with $hc', 'wss://h.example/$hc/entity'],
  ['ws with a double slash', 'ws://h.example/$HC//entity'],
  ['user info and fragment', 'https://u:p@h.example/entity#x'],
  ['a full name', 'http://h.example.:443/entity'],
] as const

test('every client’s spelling names the same entity', (t) => {
  for (const [client, uri] of ENTITY_SPELLINGS) {
    const audience = readAudience(encodeURIComponent(uri))
    t.strictSame(audience, { host: 'h.example', segments: ['entity'] }, client)
  }
  t.end()
})

test('a namespace may be named with or without a slash', (t) => {
  for (const uri of ['http://h', 'http://h/', 'sb://h:443', 'http://h?x', 'https://h/$hc/']) {
    t.strictSame(readAudience(encodeURIComponent(uri)), { host: 'h', segments: [] }, uri)
  }
  t.end()
})

test('hex of either case, unencoded and twice encoded audiences are read', (t) => {
  const expected = { host: 'h', segments: ['a', 'b c'] }
  for (const text of [
    'sb%3a%2f%2fh%2fa%2fb%2520c',
    'sb%3A%2F%2Fh%2Fa%2Fb%20c',
    'sb://h/a/b%20c',
    'sb%3A%2F%2Fh%2Fa%2Fb+c',
  ]) {
    t.strictSame(readAudience(text), expected, text)
  }
  t.end()
})

test('Java’s tests sign a path beyond the entity with its query', (t) => {
  const audience = readAudience(encodeURIComponent('https://h/entity/extra%20path?query'))
  t.equal(audienceCovers(audience, ['h'], ['entity', 'extra path']), true)
  t.equal(audienceCovers(audience, ['h'], ['entity', 'extra path', 'more']), true)
  t.equal(audienceCovers(audience, ['h'], ['entity']), false)
  t.end()
})

test('an IPv6 host is read with and without a port', (t) => {
  for (const uri of ['http://[::1]/e', 'http://[::1]:9443/e/', 'sb://u@[::1]:1/e?x']) {
    t.strictSame(readAudience(encodeURIComponent(uri)), { host: '::1', segments: ['e'] }, uri)
  }
  t.equal(audienceCovers(readAudience('http://[::1]:1/e'), ['[::1]'], ['e']), true)
  t.equal(audienceCovers(readAudience('http://[::1]:1/e'), ['::1'], ['e']), true)
  t.end()
})

test('no scheme, another scheme or no host is a wrong audience', (t) => {
  const fault = {
    code: 'RELAY_TOKEN_AUDIENCE',
    message: 'InvalidAudience: The authorization header contains a token with a wrong audience.',
  }
  for (const text of [
    '',
    'h/entity',
    'h.example',
    'ftp://h/e',
    'http:///e',
    'http://:443/e',
    'http:h',
    '%',
  ]) {
    t.throws(() => readAudience(text), fault, text)
    t.throws(() => readAudience(encodeURIComponent(text)), fault, text)
  }
  t.end()
})

const covers = (uri: string, path: string) =>
  audienceCovers(readAudience(uri), ['h', 'localhost'], path.split('/'))

test('an audience covers what lies under it, by whole segments and without case', (t) => {
  t.equal(covers('http://h/hyco', 'hyco'), true)
  t.equal(covers('http://h/hyco', 'HYCO/x'), true)
  t.equal(covers('http://localhost/', 'any/thing'), true)
  t.equal(covers('http://h/hyco', 'hyco2'), false)
  t.equal(covers('http://h/hyco', 'x/hyco'), false)
  t.equal(covers('http://h/a/b', 'a'), false)
  t.equal(covers('http://other/hyco', 'hyco'), false)
  t.end()
})

test('an escaped slash on one side separates segments on both', (t) => {
  t.equal(audienceCovers(readAudience('http%3A%2F%2Fh%2Fa%2Fb'), ['h'], ['a/b', 'x']), true)
  t.equal(audienceCovers(readAudience('http%3A%2F%2Fh%2Fa%252Fb'), ['h'], ['a', 'b']), true)
  t.end()
})
