import fc from 'fast-check'
import { test } from 'tap'
import { filterQuery } from './query-filter.ts'

// relay-protocol 1.3, as the queries arrive: where an HTTP client escapes or trims, its result is the input.
const TABLE: ReadonlyArray<readonly [sent: string, seen: string]> = [
  ['', ''],
  ['a=1&a=2', 'a=1&a=2'],
  ['a=1&a=2&', 'a=1&a=2&'],
  ['&&&', '&&&'],
  ['foo=bar&', 'foo=bar&'],
  ['&foo=bar', '&foo=bar'],
  ['sb-hc-id=1', ''],
  ['sb-hc-id=1&custom=value', 'custom=value'],
  ['custom=value&sb-hc-id=1', 'custom=value'],
  ['sb-hc-undefined', 'sb-hc-undefined'],
  ['sb-hc-undefined=true', ''],
  ['sb-hc-whatever=', ''],
  ['sb-hc-whatever=&foo=bar', 'foo=bar'],
  ['CustomValue', 'CustomValue'],
  ['custom-Value', 'custom-Value'],
  ['custom&value', 'custom&value'],
  ['&custom&value&', '&custom&value&'],
  ['&&value&&', '&&value&&'],
  ['+', '+'],
  ['%2B', '%2B'],
  ['%20', '%20'],
  ['%20Key%20=%20%20Value%20With%20Space', '%20Key%20=%20%20Value%20With%20Space'],
  ['%2f%3a%3d%26', '%2f%3a%3d%26'],
  ["key='value'", "key='value'"],
  ['key=%22value%22', 'key=%22value%22'],
  ['key=%3Cvalue%3E', 'key=%3Cvalue%3E'],
  ['api-version=abc', 'api-version=abc'],
  ['name=%C3%b8', 'name=%C3%B8'],
  ['name=\u00c3\u00b8', 'name=%C3%B8'],
]

test('a listener sees the query that the real service shows it', (t) => {
  for (const [sent, seen] of TABLE) t.equal(filterQuery(sent), seen, `?${sent}`)
  t.end()
})

test('a parameter of the relay is known in any case and behind escapes', (t) => {
  t.equal(filterQuery('SB-HC-Token=x&a=1'), 'a=1')
  t.equal(filterQuery('%73b%2Dhc%2dtoken=x&a=1'), 'a=1')
  t.equal(filterQuery('xsb-hc-token=x'), 'xsb-hc-token=x')
  t.equal(filterQuery('sb-hcx=1'), 'sb-hcx=1')
  t.end()
})

test('a broken escape passes as it is', (t) => {
  t.equal(filterQuery('a=%&%zz=1&%e'), 'a=%&%zz=1&%e')
  t.end()
})

test('a character beyond Latin-1 becomes its UTF-8 escapes', (t) => {
  t.equal(filterQuery('a=\u20ac&b=\u{1f600}'), 'a=%E2%82%AC&b=%F0%9F%98%80')
  t.end()
})

const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('abs-hc=%2fB8+.')) }),
  fc.constantFrom('sb-hc-id=1', 'sb-hc-x', '', 'a=b=c', 'name=%c3%b8', 'n=\u00c3\u00b8'),
)
const query = fc.array(piece).map((pieces) => pieces.join('&'))

test('filtering twice changes nothing more', (t) => {
  fc.assert(fc.property(query, (text) => filterQuery(filterQuery(text)) === filterQuery(text)))
  t.end()
})

test('pieces without escapes and without the prefix are kept byte for byte and in order', (t) => {
  const own = fc
    .string({ unit: fc.constantFrom(...Array.from('abcXYZ019=+-._~!*()/?:@,; ')) })
    .filter((text) => !/^sb-hc-/i.test(text))
  const mixed = fc.array(fc.oneof(own, fc.constantFrom('sb-hc-token=x', 'Sb-Hc-Id=')), {
    minLength: 1,
  })
  fc.assert(
    fc.property(mixed, (pieces) => {
      const expected = pieces.filter((text) => !/^sb-hc-[^=]*=/i.test(text)).join('&')
      return filterQuery(pieces.join('&')) === expected
    }),
  )
  t.end()
})

test('what comes out is ASCII and names no parameter of the relay', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const seen = filterQuery(text)
      const isAscii = /^\p{ASCII}*$/u.test(seen)
      return isAscii && !seen.split('&').some((kept) => /^sb-hc-.*=/i.test(kept))
    }),
  )
  t.end()
})
