import fc from 'fast-check'
import { test } from 'tap'
import { compileFilter } from './filter.ts'

const ROW = {
  id: 'c_2f',
  phase: 'open',
  sender: { label: 'web', remote: '127.0.0.1:52114' },
  listener: null,
  bytes: 2 * 1024 * 1024,
  openMs: 3.4,
  closed: false,
  hosts: ['relay.local', 'two words'],
  message: 'Not connected',
}

test('a row passes when every term holds', (t) => {
  const passing = [
    '',
    '   ',
    'open',
    'OPEN c_2f',
    '"not connected"',
    '127.0.0.1:52114',
    'phase:open',
    'PHASE:Open sender.label:web',
    'sender:web',
    'hosts:relay.local',
    'hosts:"two words"',
    'message:*connected',
    'message:n*t*ted',
    'message:*',
    'listener:',
    'closed:false',
    'bytes:>1MiB',
    'bytes:>=2MiB',
    'bytes:<3mib',
    'bytes:<=2097152',
    'bytes:>2MB',
    'openMs:>3',
    'openMs:<1s',
    '-phase:closed',
    '-closed -sender:curl',
    '-nothing:here',
  ]
  // `-closed` is a word: the row has it as the name of a column only.
  for (const text of passing) t.ok(compileFilter(text)(ROW), text)
  t.end()
})

test('a row stays out when one term does not hold', (t) => {
  const failing = [
    'curl',
    'open curl',
    'phase:ope',
    'message:connected',
    'sender.label:*x',
    'nothing:here',
    'sender.nothing:web',
    'bytes:>2MiB',
    'bytes:<1KiB',
    'openMs:>1s',
    'phase:>1',
    'bytes:>1parsec',
    '-phase:open',
    '-web',
    'message:not*not*connected',
    '__proto__:x',
    'constructor:*',
  ]
  for (const text of failing) t.notOk(compileFilter(text)(ROW), text)
  t.end()
})

test('whatever is typed, a filter answers true or false', (t) => {
  const term = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('"', ':', '-', '*', '>', '<', '=', '.', ' ', 'a', '1') }),
  )
  fc.assert(
    fc.property(term, fc.anything(), (text, row) => {
      return typeof compileFilter(text)(row) === 'boolean'
    }),
    { numRuns: 2_000 },
  )
  t.end()
})

test('a dash turns any single term around', (t) => {
  const word = fc.stringMatching(/^[a-z0-9:*>."]{1,12}$/).filter((text) => !/\s/.test(text))
  fc.assert(
    fc.property(word, (text) => compileFilter(`-${text}`)(ROW) === !compileFilter(text)(ROW)),
  )
  t.end()
})

test('a pattern of many stars takes no longer than its length', (t) => {
  const filter = compileFilter(`message:${'a*'.repeat(900)}b`)
  t.notOk(filter({ message: 'a'.repeat(100_000) }))
  t.end()
})

test('a row that holds itself is no trap', (t) => {
  const row: Record<string, unknown> = { name: 'x' }
  row['self'] = row
  t.ok(compileFilter('name:x')(row))
  t.notOk(compileFilter('word')(row))
  t.end()
})
