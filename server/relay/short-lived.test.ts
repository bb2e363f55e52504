import { test } from 'tap'
import { type Membership, ShortLivedMap, ShortLivedSet } from './short-lived.ts'

test('a set holds what was put in until it is taken out, whatever the order', async (t) => {
  const set = new ShortLivedSet<string>()
  const [a, b, c] = [set.add('a'), set.add('b'), set.add('c')]
  t.equal(b.leave(), true)
  t.strictSame([set.size, [...set], set.at(b.place)], [2, ['a', 'c'], undefined])
  const d = set.add('d')
  t.equal(b.leave(), false)
  t.strictSame([...set].sort(), ['a', 'c', 'd'])
  t.strictSame([set.newestFirst(), set.at(d.place)], [['d', 'c', 'a'], 'd'])
  for (const membership of [a, c, d]) membership.leave()
  t.strictSame([set.size, [...set]], [0, []])
})

test('one member may stand in a set twice, and members may go while they are looked through', async (t) => {
  const set = new ShortLivedSet<() => void>()
  const calls: string[] = []
  const twice = () => calls.push('twice')
  set.add(twice)
  const gone = set.add(() => calls.push('gone'))
  set.add(() => calls.push('last'))
  set.add(twice)
  for (const member of set) {
    member()
    if (calls.length === 1) gone.leave()
  }
  t.strictSame(calls, ['twice', 'last', 'twice'])
})

test('members that go make room for others', async (t) => {
  const set = new ShortLivedSet<number>()
  const members: Membership<number>[] = []
  for (let i = 0; i < 1_000; i++) {
    members.push(set.add(i))
    if (i % 2 === 1) members.shift()?.leave()
  }
  t.equal(set.size, 500)
  t.strictSame(
    [...set].sort((one, other) => one - other),
    Array.from({ length: 500 }, (_, i) => i + 500),
  )
})

test('a map finds by any text', async (t) => {
  const map = new ShortLivedMap<number>()
  t.equal(map.get('toString'), undefined)
  t.notOk(map.has('__proto__'))
  map.set('b', 1)
  map.set('__proto__', 2)
  map.set('a', 3)
  map.set('b', 4)
  t.strictSame([map.get('a'), map.get('b'), map.get('__proto__')], [3, 4, 2])
  t.ok(map.delete('b'))
  t.notOk(map.delete('b'))
  t.strictSame([map.get('a'), map.has('b')], [3, false])
})
