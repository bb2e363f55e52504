import { test } from 'tap'
import { RowCache } from './row-cache.ts'

test('a row is the same object until its source has another revision', async (t) => {
  const sources = [
    { revision: 0, name: 'a' },
    { revision: 0, name: 'b' },
  ]
  const cache = new RowCache(
    () => sources,
    ({ name }) => ({ name }),
  )
  const before = cache.list()
  t.equal(cache.list(), before, 'the same list in the same turn')
  await Promise.resolve()
  sources[1] = { revision: 0, name: 'c' }
  sources[0]!.revision++
  const after = cache.list()
  t.strictSame(after, [{ name: 'a' }, { name: 'c' }])
  t.not(after[0], before[0])
  await Promise.resolve()
  t.equal(cache.list()[0], after[0])
})
