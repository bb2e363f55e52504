import { test } from 'tap'
import { tableAction } from './table-keys.ts'

test('arrows, pages and ends move within the rows', (t) => {
  const at = (key: string, active: number) =>
    tableAction(key, false, { active, count: 30, page: 10 })
  t.strictSame(at('ArrowDown', -1), { kind: 'move', to: 0 })
  t.strictSame(at('ArrowUp', 0), { kind: 'move', to: 0 })
  t.strictSame(at('PageDown', 25), { kind: 'move', to: 29 })
  t.strictSame(at('End', 3), { kind: 'move', to: 29 })
  t.strictSame(at('Home', 3), { kind: 'move', to: 0 })
  t.end()
})

test('Enter opens, Space ticks, Shift+F10 and the menu key open the menu', (t) => {
  const place = { active: 0, count: 1, page: 10 }
  t.match(tableAction('Enter', false, place), { kind: 'open' })
  t.match(tableAction(' ', false, place), { kind: 'tick' })
  t.match(tableAction('F10', true, place), { kind: 'menu' })
  t.match(tableAction('ContextMenu', false, place), { kind: 'menu' })
  t.equal(tableAction('F10', false, place), null)
  t.equal(tableAction('Enter', false, { ...place, active: -1 }), null, 'no row has the focus')
  t.equal(tableAction('End', false, { ...place, count: 0 }), null)
  t.end()
})
