import { test } from 'tap'
import { parseCpuList } from './cores.ts'

test('lists and ranges of CPUs are read', async (t) => {
  t.same(parseCpuList('0-2,5'), [0, 1, 2, 5])
  t.same(parseCpuList('7'), [7])
  t.same(parseCpuList(''), [])
})
