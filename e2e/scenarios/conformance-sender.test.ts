import { test } from 'tap'
import { SENDER_FAULTS, missedFaults, runMutant } from '../conformance/testing/mutant-clients.ts'

test('a sender without a fault passes the cases that find faults', async (t) => {
  const ids = [...new Set(SENDER_FAULTS.flatMap(([, ...cases]) => cases))]
  const results = await runMutant('sender', '', ids)
  for (const { id, status, reason } of results) t.equal(status, 'passed', `${id}: ${reason ?? ''}`)
  t.equal(results.length, ids.length)
})

test('every fault of a sender is found by the case that is about it', async (t) => {
  t.strictSame(await missedFaults('sender', SENDER_FAULTS), [])
})
