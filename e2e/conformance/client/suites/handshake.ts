import assert from 'node:assert/strict'
import { GUID } from '../../relay/expectations.ts'
import type { ListenerSuite } from '../needs.ts'
import { checkHandshake, checkPlace, checkToken } from '../token-check.ts'

/** What a listener's handshake says. */
export const HANDSHAKE: ListenerSuite = {
  name: 'handshake',
  about: 'how the listener opens its control channel',
  cases: [
    {
      id: 'handshake.websocket',
      level: 'MUST',
      source: '3.1',
      title: 'it is a WebSocket handshake of version 13',
      run: async (bench) => checkHandshake((await bench.channel()).arrival),
    },
    {
      id: 'handshake.place',
      level: 'MUST',
      source: '1.1',
      title: 'it goes to /$hc/ENTITY of the host of the connection string',
      run: async (bench) => checkPlace(bench.relay, (await bench.channel()).arrival),
    },
    {
      id: 'handshake.action',
      level: 'MUST',
      source: '1.1',
      title: 'sb-hc-action is listen',
      async run(bench) {
        const { arrival } = await bench.channel()
        assert.equal(arrival.parameter('sb-hc-action')?.toLowerCase(), 'listen', 'sb-hc-action')
      },
    },
    {
      id: 'handshake.tls',
      level: 'MUST',
      source: '9.1',
      title: 'it goes over TLS',
      async run(bench) {
        assert.equal((await bench.channel()).arrival.isTls, true, 'it came in clear text')
      },
    },
    {
      id: 'handshake.token',
      level: 'MUST',
      source: '2.1, 2.2, 2.3',
      title: 'its token is signed with the rule, is for the hybrid connection and has not ended',
      run: async (bench) => checkToken(bench.relay, (await bench.channel()).arrival.token),
    },
    {
      id: 'handshake.token-place',
      level: 'SHOULD',
      source: '2.4, 3.1',
      title: 'the token stands in ServiceBusAuthorization and not in the address',
      async run(bench) {
        const { arrival } = await bench.channel()
        assert.ok(arrival.head.headers.has('ServiceBusAuthorization'), 'the header is missing')
        assert.equal(arrival.parameter('sb-hc-token'), undefined, 'it is in the address')
      },
    },
    {
      id: 'handshake.no-key',
      level: 'MUST',
      source: '2.1',
      title: 'the key itself is sent nowhere',
      async run(bench) {
        const { head } = (await bench.channel()).arrival
        const text = `${head.target}\n${head.headers.list.map((line) => line.join(': ')).join('\n')}`
        const { key } = bench.relay
        const isThere = text.includes(key) || text.includes(encodeURIComponent(key))
        assert.equal(isThere, false, 'the key is in the handshake')
      },
    },
    {
      id: 'handshake.id',
      level: 'SHOULD',
      source: '1.2, 3.1',
      title: 'sb-hc-id is a GUID',
      async run(bench) {
        const id = (await bench.channel()).arrival.parameter('sb-hc-id')
        assert.match(id ?? 'no id', GUID, 'sb-hc-id')
      },
    },
    {
      id: 'handshake.user-agent',
      level: 'SHOULD',
      source: '3.1',
      title: 'Relay-User-Agent tells the library and its version',
      async run(bench) {
        const { headers } = (await bench.channel()).arrival.head
        assert.match(headers.get('Relay-User-Agent') ?? '', /\S\/\d/, 'Relay-User-Agent')
      },
    },
    {
      id: 'handshake.extension-refused',
      level: 'MUST',
      source: '3.1',
      title: 'the listener goes on when an extension that it offers is not agreed to',
      async run(bench) {
        const channel = await bench.channel()
        const offered = channel.arrival.head.headers.get('Sec-WebSocket-Extensions')
        bench.scope.note(offered === undefined ? 'it offers none' : `it offers ${offered}`)
        channel.peer.send({ opcode: 0x9, payload: 'alive' })
        await channel.until(bench.scope, 'a Pong', () => channel.pongs.find((p) => p === 'alive'))
      },
    },
  ],
}
