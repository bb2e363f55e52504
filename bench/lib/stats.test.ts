import { test } from 'tap'
import { median, percentile } from './stats.ts'

test('the median ignores the order and one wild value', async (t) => {
  t.equal(median([9, 1, 1000, 2, 3]), 3)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.equal(median([7]), 7)
})

test('percentiles lie between the smallest and the largest value', async (t) => {
  t.equal(percentile([30, 10, 20], 0), 10)
  t.equal(percentile([30, 10, 20], 100), 30)
  t.equal(percentile([0, 10], 90), 9)
})

test('no values have no median', async (t) => {
  t.ok(Number.isNaN(median([])))
})

test('the input keeps its order', async (t) => {
  const values = [3, 1, 2]
  median(values)
  t.same(values, [3, 1, 2])
})
