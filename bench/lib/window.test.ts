import { test } from 'tap'
import { isNoisy, quietly, type Window } from './window.ts'

const windowWith = (foreignCores: number): Window<number> => ({
  value: foreignCores,
  seconds: 1,
  relayCpuSeconds: 1,
  generatorCpuSeconds: 1,
  foreignCores,
})

test('a quiet window is taken at once', async (t) => {
  let count = 0
  const best = await quietly(5, async () => windowWith(0.1 * count++))
  t.equal(best.foreignCores, 0)
  t.equal(count, 1)
})

test('a noisy window is repeated until one is quiet', async (t) => {
  const loads = [0.9, 0.5, 0.2, 0]
  const best = await quietly(5, async () => windowWith(loads.shift()!))
  t.equal(best.foreignCores, 0.2)
  t.same(loads, [0])
})

test('the quietest window counts when none was quiet', async (t) => {
  const loads = [0.9, 0.5, 0.7]
  const best = await quietly(3, async () => windowWith(loads.shift()!))
  t.equal(best.foreignCores, 0.5)
  t.ok(isNoisy(best))
})
