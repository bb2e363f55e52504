import fc from 'fast-check'
import { test } from 'tap'
import {
  firstSeen,
  isLeap,
  MAX_ROWS_IN_PAGE,
  ROW_HEIGHT_PX,
  rowShift,
  scrollTo,
  visibleRange,
} from './virtual-range.ts'

const count = fc.nat(20_000)
const height = fc.integer({ min: 1, max: 4_000 })

test('every row that is seen is drawn, and never more than 200 of them', (t) => {
  fc.assert(
    fc.property(
      count,
      height,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (rows, heightPx, part, hasMargin) => {
        const longest = Math.max(0, rows * ROW_HEIGHT_PX - heightPx)
        const scrollPx = Math.round(part * longest)
        const first = firstSeen(scrollPx)
        const { from, to } = visibleRange(rows, first, heightPx, hasMargin)
        const last = Math.min(rows, Math.ceil((scrollPx + heightPx) / ROW_HEIGHT_PX))
        return (
          from >= 0 && to <= rows && to - from <= MAX_ROWS_IN_PAGE && from <= first && to >= last
        )
      },
    ),
  )
  t.end()
})

test('a row is scrolled into view by as little as it takes', (t) => {
  t.equal(scrollTo(5, 0, 400), 0, 'it is seen')
  t.equal(scrollTo(0, 100, 400), 0)
  t.equal(scrollTo(20, 0, 400), 21 * ROW_HEIGHT_PX - 400)
  t.end()
})

test('scrolling by a row or two draws nothing anew', (t) => {
  t.same(visibleRange(1_000, 401, 500), visibleRange(1_000, 400, 500))
  t.same(visibleRange(1_000, 403, 500), visibleRange(1_000, 400, 500))
  t.not(visibleRange(1_000, 404, 500).from, visibleRange(1_000, 400, 500).from)
  t.end()
})

test('after a leap only the rows that are seen are drawn', (t) => {
  t.same(visibleRange(1_000, 401, 480, false), { from: 401, to: 417 })
  t.same(visibleRange(1_000, 990, 480, false), { from: 984, to: 1_000 })
  t.notOk(isLeap(100, 107, 480))
  t.ok(isLeap(100, 108, 480))
  t.ok(isLeap(100, 0, 480))
  t.end()
})

test('what is seen is found again after rows came, went or changed places above it', (t) => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f']
  const shiftTo = (after: readonly string[]) =>
    rowShift(before.slice(2, 5), 2, after.length, (index) => after[index] ?? '')
  t.equal(shiftTo(before), 0)
  t.equal(shiftTo(['x', 'y', ...before]), 2)
  t.equal(shiftTo(['b', 'c', 'd', 'e', 'f']), -1)
  t.equal(shiftTo(['x', 'a', 'b', 'd', 'e', 'f']), 0, 'one of the rows seen has gone')
  t.equal(shiftTo(['c', 'a', 'b', 'x', 'y', 'd', 'e']), 2, 'one that moves by itself is left alone')
  t.equal(shiftTo(['e', 'd', 'c', 'b', 'a']), 0, 'another order is nothing to follow')
  t.equal(shiftTo([]), 0)
  t.end()
})
