import { test } from 'tap'
import { LISTENER_FAULTS, missedFaults, runMutant } from '../conformance/testing/mutant-clients.ts'

test('a listener without a fault passes the cases that find faults', async (t) => {
  const ids = [...new Set(LISTENER_FAULTS.flatMap(([, ...cases]) => cases))]
  const results = await runMutant('listener', '', ids)
  for (const { id, status, reason } of results) t.equal(status, 'passed', `${id}: ${reason ?? ''}`)
  t.equal(results.length, ids.length)
})

test('every fault of a listener is found by the case that is about it', async (t) => {
  t.strictSame(await missedFaults('listener', LISTENER_FAULTS), [])
})
