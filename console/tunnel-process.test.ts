import { getHeapSpaceStatistics } from 'node:v8'
import { test } from 'tap'
import { prepareForTunnels } from './tunnel-process.ts'

function youngGenerationBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return young?.space_size ?? 0
}

test('the young generation does not grow with what is opened', (t) => {
  prepareForTunnels()
  const before = youngGenerationBytes()
  const kept: object[] = []
  // Objects that survive are what makes it grow.
  for (let i = 0; i < 1_000_000; i++) kept.push({ i })
  t.equal(kept.length, 1_000_000)
  t.ok(youngGenerationBytes() <= before, `${before} bytes before, ${youngGenerationBytes()} after`)
  t.end()
})
