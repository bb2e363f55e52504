import { test } from 'tap'
import { headerList, joinHeaders } from './headers.ts'

test('raw headers become pairs with spelling and order kept', (t) => {
  t.strictSame(headerList(['Host', 'h', 'X-a', '1']), [
    ['Host', 'h'],
    ['X-a', '1'],
  ])
  t.strictSame(headerList([]), [])
  t.end()
})

test('headers of one name are joined under the first spelling', (t) => {
  t.strictSame(
    joinHeaders([
      ['X-A', '1'],
      ['Cookie', 'a=1'],
      ['x-a', '2'],
      ['cookie', 'b=2'],
      ['B', ''],
    ]),
    [
      ['X-A', '1, 2'],
      ['Cookie', 'a=1; b=2'],
      ['B', ''],
    ],
  )
  t.end()
})
