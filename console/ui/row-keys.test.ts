import { test } from 'tap'
import { NO_ROWS, rowKeys } from './row-keys.ts'

test('a row that is drawn still keeps its element, and one that comes gets a new one', (t) => {
  const before = rowKeys(NO_ROWS, ['a', 'b', 'c'])
  t.strictSame(before.keys, [0, 1, 2])
  const after = rowKeys(before, ['b', 'c', 'd'])
  t.strictSame(after.keys, [1, 2, 3])
  t.strictSame(rowKeys(after, ['a', 'b', 'c', 'd']).keys, [4, 1, 2, 3])
  t.end()
})

test('when most rows are others, all elements stay where they are', (t) => {
  const before = rowKeys(rowKeys(NO_ROWS, ['x']), ['x', 'a', 'b', 'c'])
  t.strictSame(rowKeys(before, ['c', 'd', 'e', 'f', 'g']).keys, [0, 1, 2, 3, 4])
  t.strictSame(rowKeys(before, ['d', 'e']).keys, [0, 1])
  t.end()
})

test('an element that holds the focus never shows another row', (t) => {
  const before = rowKeys(NO_ROWS, ['a', 'b'])
  t.strictSame(rowKeys(before, ['b', 'c', 'd', 'e'], true).keys, [1, 2, 3, 4])
  t.end()
})

test('no two rows share an element, whatever comes and goes', (t) => {
  let rows = NO_ROWS
  for (let turn = 0; turn < 500; turn++) {
    const from = (turn * 7) % 60
    rows = rowKeys(
      rows,
      Array.from({ length: 1 + ((turn * 13) % 30) }, (_, index) => String(from + index)),
      turn % 5 === 0,
    )
    t.equal(new Set(rows.keys).size, rows.ids.length)
  }
  t.end()
})
