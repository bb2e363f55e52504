import { test } from 'tap'
import { newerVersion } from './newer-version.ts'

test('only a later version is news', (t) => {
  t.equal(newerVersion('1.0.0', '1.1.0'), '1.1.0')
  t.equal(newerVersion('1.9.0', '1.10.0'), '1.10.0')
  t.equal(newerVersion('1.0', '1.0.1'), '1.0.1')
  for (const latest of ['1.0.0', '0.9.9', 'nonsense', '', null]) {
    t.equal(newerVersion('1.0.0', latest), null, String(latest))
  }
  t.end()
})
