import assert from 'node:assert/strict'
import { GUID } from '../../relay/expectations.ts'
import type { Arrival } from '../arrival.ts'
import type { SenderBench } from '../sender-bench.ts'
import type { SenderCase, SenderSuite } from '../needs.ts'
import { checkHandshake, checkPlace, checkToken } from '../token-check.ts'

type Fact = readonly [
  name: string,
  level: SenderCase['level'],
  source: string,
  title: string,
  check: (arrival: Arrival, bench: SenderBench) => void,
]

const FACTS: readonly Fact[] = [
  ['websocket', 'MUST', '4.1', 'it is a WebSocket handshake of version 13', checkHandshake],
  [
    'place',
    'MUST',
    '1.1',
    'it goes to /$hc/ENTITY of the host of the connection string',
    (arrival, { relay }) => checkPlace(relay, arrival),
  ],
  [
    'action',
    'SHOULD',
    '1.1',
    'sb-hc-action is connect',
    (arrival) =>
      assert.equal(arrival.parameter('sb-hc-action')?.toLowerCase(), 'connect', 'sb-hc-action'),
  ],
  [
    'tls',
    'MUST',
    '9.1',
    'it goes over TLS',
    ({ isTls }) => assert.equal(isTls, true, 'it came in clear text'),
  ],
  [
    'token',
    'MUST',
    '2.1, 2.2, 2.3',
    'its token is signed with the rule, is for the hybrid connection and has not ended',
    ({ token }, { relay }) => checkToken(relay, token),
  ],
  [
    'token-place',
    'MUST',
    '2.4',
    'the token stands in ServiceBusAuthorization or in sb-hc-token, which the listener does not get',
    (arrival) =>
      assert.ok(
        arrival.head.headers.has('ServiceBusAuthorization') || arrival.parameter('sb-hc-token'),
        'neither place has a token',
      ),
  ],
  [
    'no-key',
    'MUST',
    '2.1',
    'the key itself is sent nowhere',
    ({ head }, { relay: { key } }) => {
      const text = `${head.target}\n${head.headers.list.map((line) => line.join(': ')).join('\n')}`
      const isThere = text.includes(key) || text.includes(encodeURIComponent(key))
      assert.equal(isThere, false, 'the key is in the handshake')
    },
  ],
  [
    'id',
    'SHOULD',
    '1.2',
    'sb-hc-id is a GUID',
    (arrival) => assert.match(arrival.parameter('sb-hc-id') ?? 'no id', GUID, 'sb-hc-id'),
  ],
  [
    'no-protocol',
    'MUST',
    '4.4',
    'it offers no sub-protocol that nobody asked for',
    ({ head }) => assert.equal(head.headers.get('Sec-WebSocket-Protocol'), undefined),
  ],
]

/** What a sender's handshake says. */
export const CONNECTING: SenderSuite = {
  name: 'connecting',
  about: 'how the sender opens a relayed WebSocket',
  cases: [
    ...FACTS.map(([name, level, source, title, check]): SenderCase => ({
      id: `connecting.${name}`,
      level,
      source,
      title,
      needs: ['websocket'],
      async run(bench) {
        const { arrival } = await bench.start()
        arrival.refuse(404, 'There are no listeners connected for the endpoint.')
        check(arrival, bench)
      },
    })),
    {
      id: 'connecting.protocols',
      level: 'MUST',
      source: '4.4',
      title:
        'it offers the sub-protocols that it is given, in their order, and takes the one chosen',
      needs: ['websocket', 'protocol'],
      async run(bench) {
        const { arrival, program } = await bench.start({ protocols: 'mqtt,wamp.2.json' })
        const offered = arrival.head.headers.get('Sec-WebSocket-Protocol') ?? ''
        assert.equal(offered.replace(/\s/g, ''), 'mqtt,wamp.2.json', 'Sec-WebSocket-Protocol')
        const peer = arrival.accept({ protocol: 'wamp.2.json' })
        const { data } = await peer.message('the bytes of the sender')
        peer.sendBinary(data)
        await peer.closeFrame()
        peer.endWithClose(1000)
        await bench.checkPrinted(program, 'ping')
      },
    },
  ],
}
