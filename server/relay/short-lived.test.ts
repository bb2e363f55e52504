import { test } from 'tap'
import { ShortLivedMap, ShortLivedSet } from './short-lived.ts'

test('a set holds what was put in until it is taken out, whatever the order', async (t) => {
  const set = new ShortLivedSet<string>()
  const [dropA, dropB, dropC] = [set.add('a'), set.add('b'), set.add('c')]
  dropB()
  t.strictSame([set.size, [...set]], [2, ['a', 'c']])
  const dropD = set.add('d')
  dropB()
  t.strictSame([...set].sort(), ['a', 'c', 'd'])
  for (const drop of [dropA, dropC, dropD]) drop()
  t.strictSame([set.size, [...set]], [0, []])
})

test('one member may stand in a set twice, and members may go while they are looked through', async (t) => {
  const set = new ShortLivedSet<() => void>()
  const calls: string[] = []
  const twice = () => calls.push('twice')
  set.add(twice)
  const drop = set.add(() => calls.push('gone'))
  set.add(() => calls.push('last'))
  set.add(twice)
  for (const member of set) {
    member()
    if (calls.length === 1) drop()
  }
  t.strictSame(calls, ['twice', 'last', 'twice'])
})

test('members that go make room for others', async (t) => {
  const set = new ShortLivedSet<number>()
  const drops: (() => void)[] = []
  for (let i = 0; i < 1_000; i++) {
    drops.push(set.add(i))
    if (i % 2 === 1) drops.shift()?.()
  }
  t.equal(set.size, 500)
  t.strictSame(
    [...set].sort((one, other) => one - other),
    Array.from({ length: 500 }, (_, i) => i + 500),
  )
})

test('a map finds by any text and keeps the order', async (t) => {
  const map = new ShortLivedMap<number>()
  t.equal(map.get('toString'), undefined)
  t.notOk(map.has('__proto__'))
  map.set('b', 1)
  map.set('__proto__', 2)
  map.set('a', 3)
  map.set('b', 4)
  t.strictSame([map.size, map.values(), map.get('__proto__')], [3, [4, 2, 3], 2])
  t.ok(map.delete('b'))
  t.notOk(map.delete('b'))
  t.strictSame([map.size, map.values(), map.has('b')], [2, [2, 3], false])
})
