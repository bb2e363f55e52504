import { test } from 'tap'
import type { Test } from 'tap'
import { runConformance } from '../conformance/index.ts'
import { type Mutation, startMutantRelay } from '../conformance/testing/mutant-relay.ts'
import { RELAY_MUTATIONS } from '../conformance/testing/mutations.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

/** Runs some cases against a relay behind a mutation. */
async function runAgainst(t: Test, relay: TestRelay, mutation: Mutation, only: readonly string[]) {
  const mutant = await startMutantRelay(relay.plainPort, mutation)
  t.teardown(() => mutant.close())
  const [demo, open] = relay.server.ready.namespaces[0]?.hybridConnections ?? []
  const through = (text = '') =>
    `${text.replace(/Endpoint=[^;]*/, `Endpoint=sb://localhost:${mutant.port}/`)};UseDevelopmentEmulator=true`
  return runConformance({
    role: 'relay',
    connectionString: through(demo?.connectionString),
    also: [through(open?.connectionString)],
    only,
    patienceMs: 1_000,
    jobs: 3,
  })
}

test('a relay without a fault passes behind the proxy that others are spoiled by', async (t) => {
  const relay = await startRelay(t)
  const ids = [...new Set(RELAY_MUTATIONS.flatMap(([, , cases]) => cases))]
  const { results } = await runAgainst(t, relay, {}, ids)
  for (const { id, status, reason } of results) t.equal(status, 'passed', `${id}: ${reason ?? ''}`)
  t.equal(results.length, ids.length)
})

test('every fault of a relay is found by the cases that are about it', async (t) => {
  const relay = await startRelay(t)
  for (const [fault, mutation, cases] of RELAY_MUTATIONS) {
    const { results } = await runAgainst(t, relay, mutation, cases)
    const missed = results.filter(({ status }) => status !== 'failed' && status !== 'differs')
    t.same(
      missed.map(({ id, status }) => `${id} ${status}`),
      [],
      fault,
    )
    t.equal(results.length, cases.length, `${fault}: every case is in the table`)
  }
})
