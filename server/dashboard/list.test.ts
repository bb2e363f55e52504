import fc from 'fast-check'
import { test } from 'tap'
import { page } from './list.ts'

type Row = { readonly id: string; readonly phase: string }
const rowsOf = (...ids: string[]): Row[] => ids.map((id) => ({ id, phase: 'open' }))
const keyOf = ({ id }: Row) => id
const idsOf = ({ items }: { items: Row[] }) => items.map(keyOf)

test('following next reads every row once, whatever the size of a page', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 7 }), (ids, limit) => {
      const read: string[] = []
      let cursor: string | null | undefined
      do {
        const found = page(rowsOf(...ids), { limit, ...(cursor && { cursor }) }, keyOf)
        read.push(...idsOf(found))
        cursor = found.next
      } while (cursor !== null)
      return JSON.stringify(read) === JSON.stringify(ids)
    }),
  )
  t.end()
})

test('rows that come in front do not make a page repeat itself', (t) => {
  const { next } = page(rowsOf('b', 'a'), { limit: 1 }, keyOf)
  t.same(idsOf(page(rowsOf('d', 'c', 'b', 'a'), { cursor: next ?? '' }, keyOf)), ['a'])
  t.end()
})

test('a row that went is no reason to start over', (t) => {
  const { next } = page(rowsOf('c', 'b', 'a'), { limit: 2 }, keyOf)
  t.same(idsOf(page(rowsOf('d', 'c', 'a'), { cursor: next ?? '' }, keyOf)), ['a'])
  t.end()
})

test('total counts what the filter lets through', (t) => {
  const rows = [...rowsOf('a', 'b'), { id: 'c', phase: 'closed' }]
  t.match(page(rows, { q: 'phase:open', limit: 1 }, keyOf), { total: 2 })
  t.same(page(rows, { q: 'phase:none' }, keyOf), { items: [], total: 0, next: null })
  t.match(
    page(rows, { q: 'size:>1' }, keyOf, () => ({ size: 2 })),
    { total: 3 },
  )
  t.end()
})

test('a page has 500 rows unless told otherwise', (t) => {
  const rows = rowsOf(...Array.from({ length: 501 }, (_, index) => String(index)))
  t.equal(page(rows, {}, keyOf).items.length, 500)
  t.end()
})

test('a cursor that no list gave is refused', (t) => {
  for (const cursor of ['', 'x', 'bnVsbA', 'WzFd', 'Wy0xLCJhIl0', 'WzEuNSwiYSJd']) {
    const refused = { code: 'RELAY_INPUT_INVALID', target: '/cursor' }
    t.throws(() => page(rowsOf('a'), { cursor }, keyOf), refused, cursor)
  }
  t.end()
})
