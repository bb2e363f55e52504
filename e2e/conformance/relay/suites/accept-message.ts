import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Accept } from '../control-listener.ts'
import { GUID } from '../expectations.ts'
import { WEBSOCKET_KEY } from '../handshake.ts'
import { BOTH, type RelayCase } from '../needs.ts'

/** Every character that a header name may have, as the Java client's tests use them. */
const EVERY_NAME = "X-!#$%&*+-.^_`~|'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/** A fact about the members of an offer. */
type AcceptFact = readonly [
  name: string,
  level: RelayCase['level'],
  title: string,
  check: (accept: Accept, sent: { readonly id: string; readonly entity: string }) => void,
]

const FACTS: readonly AcceptFact[] = [
  [
    'address.scheme',
    'MUST',
    'address is a WebSocket URL below /$hc',
    ({ address }) => assert.match(address, /^wss?:\/\/[^/]+\/\$hc\//, 'address'),
  ],
  [
    'address.parameters',
    'MUST',
    "address has a query with sb-hc-action=accept and the offer's sb-hc-id",
    ({ address, id }) => {
      assert.match(address, /[?&]sb-hc-action=accept&/, 'address')
      assert.equal(new URL(address).searchParams.get('sb-hc-id'), id, 'sb-hc-id')
    },
  ],
  [
    'address.values',
    'MUST',
    "no value of the relay's own in address holds = or &, which a Java listener cannot read",
    ({ address }) => {
      for (const [name, value] of new URL(address).searchParams)
        if (name.startsWith('sb-hc-')) assert.doesNotMatch(value, /[=&]/, name)
    },
  ],
  [
    'address.extra',
    'MUST',
    'every parameter that the relay adds to address begins with sb-hc-',
    ({ address }) => {
      const names = [...new URL(address).searchParams.keys()].filter((name) => name !== 'own')
      assert.deepEqual(
        names.filter((name) => !name.startsWith('sb-hc-')),
        [],
        'parameters',
      )
    },
  ],
  [
    'address.own-query-first',
    'SHOULD',
    "the sender's own query leads address",
    ({ address }) => assert.match(address, /\?own=1&sb-hc-action=accept/, 'address'),
  ],
  [
    'id.guid',
    'MUST',
    'id begins with a GUID of 36 characters',
    ({ id }) => assert.match(id, GUID, 'id'),
  ],
  [
    'id.sender',
    'SHOULD',
    "id is the sender's sb-hc-id with the gateway behind it",
    ({ id }, sent) => assert.match(id, new RegExp(`^${sent.id}(?:_G\\d+)+$`, 'i'), 'id'),
  ],
  [
    'headers.texts',
    'MUST',
    'connectHeaders is an object of texts',
    ({ connectHeaders }) => {
      for (const [name, value] of Object.entries(connectHeaders))
        assert.equal(typeof value, 'string', name)
    },
  ],
  [
    'headers.handshake',
    'MUST',
    "connectHeaders has the sender's Host, Connection, Upgrade, Sec-WebSocket-Key and -Version",
    ({ connectHeaders }) => {
      assert.equal(connectHeaders['Sec-WebSocket-Key'], WEBSOCKET_KEY, 'Sec-WebSocket-Key')
      assert.equal(connectHeaders['Sec-WebSocket-Version'], '13', 'Sec-WebSocket-Version')
      assert.equal(connectHeaders['Connection'], 'Upgrade', 'Connection')
      assert.equal(connectHeaders['Upgrade'], 'websocket', 'Upgrade')
      assert.ok(connectHeaders['Host'], 'Host')
    },
  ],
  [
    'headers.custom',
    'MUST',
    'connectHeaders has headers of the application, value by value',
    ({ connectHeaders }) => {
      const value = 'Some value here; other-value/here.'
      assert.equal(connectHeaders['CustomHeader1'], value, 'CustomHeader1')
      assert.equal(connectHeaders['Cookie'], 'a=1; b=2', 'Cookie')
      assert.equal(connectHeaders['User-Agent'], 'conformance/1', 'User-Agent')
    },
  ],
  [
    'headers.spelling',
    'MUST',
    'names in connectHeaders are spelled as the sender wrote them, whatever characters they have',
    ({ connectHeaders }) => assert.equal(connectHeaders[EVERY_NAME], 'every', 'header'),
  ],
  [
    'headers.repeated',
    'ASSUMED',
    'a repeated header is joined with a comma and a blank',
    ({ connectHeaders }) => assert.equal(connectHeaders['X-Twice'], 'one, two', 'X-Twice'),
  ],
  [
    'headers.extensions',
    'SHOULD',
    'connectHeaders has the Sec-WebSocket-Protocol and -Extensions that the sender offers',
    ({ connectHeaders }) => {
      assert.equal(connectHeaders['Sec-WebSocket-Protocol'], 'a, b', 'Sec-WebSocket-Protocol')
      const extensions = connectHeaders['Sec-WebSocket-Extensions']
      assert.equal(extensions, 'permessage-deflate', 'Sec-WebSocket-Extensions')
    },
  ],
  [
    'headers.user-agent',
    'ASSUMED',
    'Relay-User-Agent stays in connectHeaders',
    ({ connectHeaders }) =>
      assert.equal(connectHeaders['Relay-User-Agent'], 'relay-conformance', 'Relay-User-Agent'),
  ],
  [
    'remote-endpoint',
    'MUST',
    'remoteEndpoint is an object with an address and a port',
    ({ remoteEndpoint }) => {
      assert.equal(typeof remoteEndpoint.address, 'string', 'address')
      assert.ok(Number.isInteger(remoteEndpoint.port), 'port is no whole number')
    },
  ],
  [
    'entity-spelling',
    'ASSUMED',
    'address spells the entity as the sender wrote it',
    ({ address }, { entity }) => assert.ok(address.includes(`/$hc/${entity}?`), 'address'),
  ],
]

/** Facts about the members of an offer. Source: relay-protocol 4.2. */
export const ACCEPT_MESSAGE: readonly RelayCase[] = FACTS.map(
  ([name, level, title, check]): RelayCase => ({
    id: `sender.accept.${name}`,
    level,
    source: '4.2',
    ...(name === 'entity-spelling' && { question: 28 }),
    title,
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const entity = name === 'entity-spelling' ? bench.path.toUpperCase() : bench.path
      const id = randomUUID()
      await bench.connect(listener, {
        target: `/$hc/${entity}?own=1&sb-hc-action=connect&sb-hc-id=${id}`,
        protocols: 'a, b',
        headers: [
          ['CustomHeader1', 'Some value here; other-value/here.'],
          ['Cookie', 'a=1; b=2'],
          ['User-Agent', 'conformance/1'],
          ['Relay-User-Agent', 'relay-conformance'],
          ['Sec-WebSocket-Extensions', 'permessage-deflate'],
          ['X-Twice', 'one'],
          ['X-Twice', 'two'],
          [EVERY_NAME, 'every'],
        ],
      })
      check(await listener.nextAccept(), { id, entity })
    },
  }),
)
