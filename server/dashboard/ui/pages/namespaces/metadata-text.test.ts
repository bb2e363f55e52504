import { test } from 'tap'
import { moved, placeOf, readEntries, writeEntries } from './metadata-text.ts'

test('a list of keys and values goes through the grid and comes back', async (t) => {
  const text = '[{"key":"endpoint","value":"db:5432"},{"key":"note","value":"ä \\"x\\""}]'
  const entries = readEntries(text) ?? []
  t.equal(entries.length, 2)
  t.equal(writeEntries(entries), text)
  t.same(readEntries(''), [])
  t.equal(writeEntries([]), '')
})

test('what a grid would damage is not shown in one', async (t) => {
  for (const text of [
    '[{"key": "endpoint", "value : "host:1"}]',
    '{"endpoint":"h:1"}',
    '[{"key":"endpoint","value":1}]',
    '[{"key":"endpoint","value":"h:1","note":"x"}]',
    '[null]',
    'null',
    ' ',
  ]) {
    t.equal(readEntries(text), null, text)
  }
})

test('rows change places, and the first has nothing above it', async (t) => {
  t.same(moved(['a', 'b', 'c'], 2, 1), ['a', 'c', 'b'])
  t.same(moved(['a', 'b'], 0, -1), ['a', 'b'])
  t.same(moved(['a', 'b'], 1, 2), ['a', 'b'])
})

test('a position is told as line and column', async (t) => {
  t.same(placeOf('ab\ncd', 4), { line: 2, column: 2 })
  t.same(placeOf('', 0), { line: 1, column: 1 })
})
