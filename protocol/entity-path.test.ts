import { test } from 'tap'
import { matchEntity } from './entity-path.ts'

const known = new Set(['hyco', 'a/b', 'a/b/c/d'])
const match = (path: string) =>
  matchEntity(path.split('/'), (name) => known.has(name.toLowerCase()))

test('the longest entity that leads the path is found', (t) => {
  t.strictSame(match('a/b/c/d/e'), { name: 'a/b/c/d', suffix: '/e' })
  t.strictSame(match('a/b/c'), { name: 'a/b', suffix: '/c' })
  t.strictSame(match('hyco'), { name: 'hyco', suffix: '' })
  t.end()
})

test('the name comes out as it was asked for', (t) => {
  t.hasStrict(match('HyCo/X'), { name: 'HyCo', suffix: '/X' })
  t.end()
})

test('only whole segments match', (t) => {
  for (const path of ['hyco2', 'hyc', 'a', 'b', '']) t.equal(match(path), undefined, path)
  t.equal(
    matchEntity([], () => true),
    undefined,
  )
  t.end()
})

test('a segment with an escaped slash may hold a part of the name', (t) => {
  t.strictSame(
    matchEntity(['a/b', 'x'], (name) => known.has(name)),
    { name: 'a/b', suffix: '/x' },
  )
  t.end()
})

test('no name beyond 260 characters is asked for', (t) => {
  let longest = 0
  matchEntity(
    Array.from({ length: 50_000 }, () => 'x'),
    (name) => {
      longest = Math.max(longest, name.length)
      return false
    },
  )
  t.ok(longest > 250 && longest <= 260, `${longest}`)
  t.end()
})
