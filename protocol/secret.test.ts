import { test } from 'tap'
import { isSameSecret } from './secret.ts'

test('a secret fits itself alone, whatever its length', (t) => {
  t.ok(isSameSecret('abc', 'abc'))
  for (const given of ['', 'ab', 'abcd', 'abd', 'ABC', 'äbc']) t.notOk(isSameSecret('abc', given))
  t.notOk(isSameSecret('', ''))
  t.end()
})
