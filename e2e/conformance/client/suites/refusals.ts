import assert from 'node:assert/strict'
import type { SenderCase, SenderSuite } from '../needs.ts'

const TRACKING =
  'TrackingId:00000000-0000-0000-0000-000000000001_G1, SystemTracker:sb://localhost/conformance, Timestamp:2025-04-24T11:08:15'

/** Refusals as the service and listeners write them. */
const REFUSALS: readonly [name: string, status: number, reason: string][] = [
  ['no-listener', 404, `There are no listeners connected for the endpoint. ${TRACKING}`],
  ['unknown-entity', 404, `Endpoint does not exist. ${TRACKING}`],
  [
    'not-accepted',
    404,
    `None of the connected listeners accepted the connection within the allowed timeout. ${TRACKING}`,
  ],
  ['timeout', 504, `The listener did not rendezvous in time. ${TRACKING}`],
  ['token', 401, `InvalidSignature: The token has an invalid signature. ${TRACKING}`],
  ['forbidden', 403, `Forbidden. ${TRACKING}`],
  ['rejected', 400, 'Rejected by user code'],
  ['bad-gateway', 502, "The Listener's custom AcceptHandler threw an exception."],
  ['failure', 500, `InternalServerError: Something failed. ${TRACKING}`],
]

/** What a sender does when it is not let in. */
export const REFUSED: SenderSuite = {
  name: 'refusals',
  about: 'refusals of a relayed WebSocket',
  cases: [
    ...REFUSALS.map(([name, status, reason]): SenderCase => ({
      id: `refusals.${name}`,
      level: 'MUST',
      source: '4.6',
      title: `a refusal with ${status} ${reason.split('.')[0]} ends the attempt as a failure`,
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        arrival.refuse(status, reason)
        await bench.checkFailed(program)
      },
    })),
    {
      id: 'refusals.told',
      level: 'SHOULD',
      source: '3.2, 4.6',
      title: 'the sender tells the status of a refusal',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        arrival.refuse(404, `There are no listeners connected for the endpoint. ${TRACKING}`)
        const { stderr } = await bench.checkFailed(program)
        assert.match(stderr, /\b404\b/, 'what it wrote to standard error')
      },
    },
    {
      id: 'refusals.reason-told',
      level: 'SHOULD',
      source: '3.2, 9.3',
      title: 'the sender tells the reason phrase, which holds the tracking id',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        arrival.refuse(404, `There are no listeners connected for the endpoint. ${TRACKING}`)
        const { stderr } = await bench.checkFailed(program)
        assert.match(stderr, /TrackingId:/, 'what it wrote to standard error')
      },
    },
    {
      id: 'refusals.once',
      level: 'SHOULD',
      source: '3.2',
      title: 'the sender does not knock again by itself',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        arrival.refuse(401, `ExpiredToken: The token is expired. ${TRACKING}`)
        await bench.checkFailed(program)
        assert.equal(bench.arrivals.length, 1, 'connections')
      },
    },
    {
      id: 'refusals.vanishes',
      level: 'MUST',
      source: '4.6',
      title: 'a relay that vanishes instead of answering is a failure',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        arrival.isAnswered = true
        arrival.peer.reset()
        await bench.checkFailed(program)
      },
    },
  ],
}
