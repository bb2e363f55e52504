import { test } from 'tap'
import { decodeAsciiEscapes, decodeEscapes, escapeNonAscii } from './escapes.ts'

test('raw bytes that the HTTP parser read as Latin-1 become their escapes', (t) => {
  const asNodeReadsIt = Buffer.from('/ø', 'utf8').toString('latin1')
  t.equal(escapeNonAscii(asNodeReadsIt), '/%C3%B8')
  t.equal(decodeEscapes(asNodeReadsIt), '/ø')
  t.end()
})

test('a broken escape and bytes that are no UTF-8 have no decoded form', (t) => {
  for (const text of ['%', '%2', '%zz', '%ff', '%C3']) t.equal(decodeEscapes(text), undefined, text)
  t.end()
})

test('only the escapes of ASCII are decoded to compare names', (t) => {
  t.equal(decodeAsciiEscapes('%73b%2dhc%C3%B8%'), 'sb-hc%C3%B8%')
  t.end()
})
