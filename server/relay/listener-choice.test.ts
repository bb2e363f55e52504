import { test } from 'tap'
import { passesFilter, randomPick, readListenerFilter, roundRobinPick } from './listener-choice.ts'

test('the same seed makes the same choices, and another seed others', async (t) => {
  const choices = (seed: number) => {
    const pick = randomPick(seed)
    return Array.from({ length: 50 }, () => pick(25))
  }
  t.strictSame(choices(7), choices(7))
  t.notSame(choices(7), choices(8))
})

test('every listener is chosen about as often', async (t) => {
  for (const seed of [0, 1, 42, 2 ** 32 - 1]) {
    for (const count of [2, 3, 25]) {
      const pick = randomPick(seed)
      const hits = Array.from({ length: count }, () => 0)
      const rounds = 2_000 * count
      for (let i = 0; i < rounds; i++) hits[pick(count)]!++
      // Chi-square with at most 24 degrees of freedom: above 60 once in 20,000 honest runs.
      const chi = hits.reduce((sum, hit) => sum + (hit - 2_000) ** 2 / 2_000, 0)
      t.ok(chi < 60, `seed ${seed}, ${count} listeners: ${chi}`)
    }
  }
})

test('no listener twice in a row more often than chance has it', async (t) => {
  const pick = randomPick(5)
  let last = -1
  let repeats = 0
  for (let i = 0; i < 10_000; i++) {
    const next = pick(4)
    if (next === last) repeats++
    last = next
  }
  t.ok(repeats > 2_300 && repeats < 2_700, `${repeats}`)
})

test('round robin goes round, also when the number of listeners changes', async (t) => {
  const pick = roundRobinPick()
  t.strictSame([pick(3), pick(3), pick(3), pick(3)], [0, 1, 2, 0])
  t.ok(pick(2) < 2)
  t.equal(pick(1), 0)
})

test('filters are lists of ids, in any case and with blanks; disallowed wins', async (t) => {
  const filter = readListenerFilter({
    'microsoft-relay-allowedlisteners': ' AAA,bbb ,, ',
    'microsoft-relay-disallowedlisteners': 'bbb',
  })
  t.ok(passesFilter(filter, 'aaa'))
  t.notOk(passesFilter(filter, 'bbb'))
  t.notOk(passesFilter(filter, 'ccc'))
  const none = readListenerFilter({})
  t.equal(none.allowed, undefined)
  t.ok(passesFilter(none, 'anyone'))
  t.ok(passesFilter(readListenerFilter({ 'microsoft-relay-disallowedlisteners': 'x' }), 'y'))
})
