import fc from 'fast-check'
import { test } from 'tap'
import { MAX_ROWS_IN_PAGE, ROW_HEIGHT_PX, scrollTo, visibleRange } from './virtual-range.ts'

const count = fc.nat(20_000)
const height = fc.integer({ min: 1, max: 4_000 })

test('every row that is seen is drawn, and never more than 200 of them', (t) => {
  fc.assert(
    fc.property(
      count,
      height,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rows, heightPx, part) => {
        const longest = Math.max(0, rows * ROW_HEIGHT_PX - heightPx)
        const scrollPx = Math.round(part * longest)
        const { from, to } = visibleRange(rows, scrollPx, heightPx)
        const first = Math.floor(scrollPx / ROW_HEIGHT_PX)
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
