import { test } from 'tap'
import { nextSort, sortRows } from './sort-rows.ts'

test('numbers and names are in order, what is unknown comes last', (t) => {
  const rows = [{ n: 10 }, { n: null }, { n: 9 }, { n: 100 }]
  const by = ({ n }: { n: number | null }) => n
  t.strictSame(sortRows(rows, by, false).map(by), [9, 10, 100, null])
  t.strictSame(sortRows(rows, by, true).map(by), [100, 10, 9, null])
  t.strictSame(
    sortRows(['web10', 'web2'], (name) => name, false),
    ['web2', 'web10'],
  )
  t.end()
})

test('a head sorts up, then down, then not', (t) => {
  const up = nextSort(null, 'n')
  t.strictSame(up, { key: 'n', isDescending: false })
  t.strictSame(nextSort(up, 'n'), { key: 'n', isDescending: true })
  t.equal(nextSort({ key: 'n', isDescending: true }, 'n'), null)
  t.strictSame(nextSort(up, 'm'), { key: 'm', isDescending: false })
  t.end()
})
