import { test } from 'tap'
import { formatTable } from './table.ts'

const columns = [
  { title: 'name', of: (row: { name: string; count: number | null }) => row.name },
  { title: 'count', of: (row: { name: string; count: number | null }) => row.count },
]

test('columns line up and the last one is not padded', async (t) => {
  const text = formatTable(columns, [
    { name: 'a-long-name', count: 1 },
    { name: 'b', count: null },
  ])
  t.equal(text, 'NAME         COUNT\na-long-name  1\nb            -\n')
})

test('text of a peer cannot move the cursor of a terminal', async (t) => {
  const text = formatTable(columns, [{ name: 'x\u001b[2J\r\ny', count: 0 }])
  t.equal(text, 'NAME      COUNT\nx?[2J??y  0\n')
})
