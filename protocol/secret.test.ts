import { test } from 'tap'
import { isSameFixedLength, isSameSecret } from './secret.ts'

test('a secret fits itself alone, whatever its length', (t) => {
  t.ok(isSameSecret('abc', 'abc'))
  t.ok(isSameFixedLength('abc', 'abc'))
  for (const given of ['', 'ab', 'abcd', 'abd', 'ABC', 'äbc', 'äc']) {
    t.notOk(isSameSecret('abc', given))
    t.notOk(isSameFixedLength('abc', given))
  }
  t.notOk(isSameSecret('', ''))
  t.notOk(isSameFixedLength('', ''))
  t.end()
})
