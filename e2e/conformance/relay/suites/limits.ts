import assert from 'node:assert/strict'
import { LISTENERS_PER_HYBRID_CONNECTION } from '../../../../protocol/limits.ts'
import { Unmet } from '../../case.ts'
import { readAnswer } from '../../wire/answer.ts'
import type { ResponseHead } from '../../wire/head.ts'
import type { RelayBench } from '../bench.ts'
import { checkRefusal } from '../expectations.ts'
import { BOTH, type RelaySuite } from '../needs.ts'

/** Opens as many control channels as may be, and resolves with the answer to the one more. */
async function oneTooMany(bench: RelayBench): Promise<ResponseHead> {
  for (let count = 1; count <= LISTENERS_PER_HYBRID_CONNECTION; count++) {
    await bench.listen().catch((error: unknown) => {
      throw new Unmet(`listener ${count} was not let in: ${(error as Error).message}`)
    })
  }
  const { peer } = await bench.tryListen()
  return peer.head()
}

export const LIMITS: RelaySuite = {
  name: 'limits',
  about: 'quotas and sizes',
  cases: [
    {
      id: 'limits.listeners.refused',
      level: 'SHOULD',
      source: '3.7, 8.1',
      title: '25 listeners are let in and the next one is refused',
      needs: ['listen'],
      alone: true,
      async run(bench) {
        const { status } = await oneTooMany(bench)
        assert.notEqual(status, 101, 'listener 26 was let in')
      },
    },
    {
      id: 'limits.listeners.status',
      level: 'ASSUMED',
      question: 3,
      source: '3.2, 8.1',
      title: 'listener 26 gets 403, and the reason names MaximumListenersPerEndpoint',
      needs: ['listen'],
      alone: true,
      async run(bench) {
        checkRefusal(await oneTooMany(bench), 403, /MaximumListenersPerEndpoint/)
      },
    },
    {
      id: 'limits.headers.accept',
      level: 'ASSUMED',
      question: 20,
      source: '3.3',
      title: 'a WebSocket sender whose headers do not fit into an offer gets 431',
      needs: BOTH,
      async run(bench) {
        const value = '"'.repeat(20_000)
        const headers = { 'X-First': value, 'X-Second': value }
        const sender = await bench.connect(await bench.listen(), { headers })
        assert.equal((await sender.head()).status, 431, 'status')
      },
    },
    {
      id: 'limits.headers.request',
      level: 'ASSUMED',
      source: '5.3',
      title: 'a request whose head is longer than 64 kB gets 431',
      needs: ['send'],
      async run(bench) {
        const headers = { 'X-Long': 'x'.repeat(70_000) }
        const answer = await readAnswer(await bench.request(null, { headers }))
        assert.equal(answer.status, 431, 'status')
      },
    },
    {
      id: 'limits.headers.30-000',
      level: 'SHOULD',
      source: '5.3, 8.1',
      title: '30,000 bytes of headers reach the listener',
      needs: BOTH,
      async run(bench) {
        const headers = { 'X-Long': 'x'.repeat(30_000) }
        const { request } = await bench.exchange({ headers })
        assert.equal(request.requestHeaders['X-Long']?.length, 30_000, 'length of the header')
      },
    },
  ],
}
