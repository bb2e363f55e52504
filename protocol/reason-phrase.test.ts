import fc from 'fast-check'
import { test } from 'tap'
import { cleanReason, cutCloseReason } from './reason-phrase.ts'

test('a reason that fits is kept', (t) => {
  const text = 'Rejected: ~!#$%&*"\'(){}[]<>=/,:;@\\ é ÿ'
  t.equal(cleanReason(text), text)
  t.equal(cutCloseReason(text), text)
  t.end()
})

test('line breaks become blanks, and what a status line cannot hold a question mark', (t) => {
  t.equal(cleanReason('a\r\nX: b\tc'), 'a  X: b c')
  t.equal(cleanReason('\0\x7f\x85'), '???')
  t.equal(cleanReason('€ \u{1f600} \ud800'), '? ? ?')
  t.end()
})

test('a reason is cut to 4,096 characters', (t) => {
  t.equal(cleanReason('x'.repeat(5_000)), 'x'.repeat(4_096))
  t.equal(cleanReason('\u{1f600}'.repeat(5_000)), '?'.repeat(4_096))
  t.end()
})

test('any reason comes out as one line of Latin-1', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      /^[\x20-\x7e\xa0-\xff]*$/.test(cleanReason(text)),
    ),
  )
  t.end()
})

test('a close reason is cut between characters', (t) => {
  t.equal(cutCloseReason('x'.repeat(124)), 'x'.repeat(123))
  t.equal(cutCloseReason('é'.repeat(62)), 'é'.repeat(61))
  t.equal(cutCloseReason(`${'x'.repeat(120)}\u{1f600}`), 'x'.repeat(120))
  t.equal(cutCloseReason(`${'x'.repeat(119)}\u{1f600}`), `${'x'.repeat(119)}\u{1f600}`)
  t.end()
})

test('any close reason fits into its frame and leads the text', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 40, maxLength: 200 }), (text) => {
      const cut = cutCloseReason(text)
      return text.startsWith(cut) && Buffer.byteLength(cut) <= 123
    }),
  )
  t.end()
})
