import assert from 'node:assert/strict'
import { GUID, checkRefusal, checkSwitching, checkTracking, literal } from '../expectations.ts'
import { BOTH, type RelayCase } from '../needs.ts'

/** Handshakes that RFC 6455 does not allow. */
const BROKEN: readonly [name: string, title: string, headers: Record<string, string>][] = [
  ['version', 'for another version', { 'Sec-WebSocket-Version': '8' }],
  ['no-key', 'without a key', { 'Sec-WebSocket-Key': '' }],
]

const brokenCases = BROKEN.map(([name, title, headers]): RelayCase => ({
  id: `listener.handshake.${name}`,
  level: 'ASSUMED',
  source: '3.2',
  title: `a handshake ${title} is refused`,
  needs: ['listen'],
  async run(bench) {
    const { peer } = await bench.tryListen({ headers })
    const { status } = await peer.head()
    bench.scope.note(`status ${status}`)
    assert.ok(status >= 400 && status < 500, `status is ${status}`)
  },
}))

/** The handshake of a control channel, granted and refused. Source: relay-protocol 3.1, 3.2. */
export const LISTENER_HANDSHAKE: readonly RelayCase[] = [
  {
    id: 'listener.handshake.strict',
    level: 'MUST',
    source: '3.1, 9.2',
    title: 'the 101 of a control channel satisfies the strictest client',
    needs: ['listen'],
    async run(bench) {
      const head = await (await bench.tryListen()).peer.head()
      checkSwitching(head)
      assert.equal(head.headers.has('Sec-WebSocket-Protocol'), false, 'Sec-WebSocket-Protocol')
      assert.equal(head.headers.has('Sec-WebSocket-Extensions'), false, 'extensions')
    },
  },
  {
    id: 'listener.handshake.no-deflate',
    level: 'ASSUMED',
    source: '3.1',
    title: 'permessage-deflate is not agreed to on a control channel, though it was offered',
    needs: ['listen'],
    async run(bench) {
      const offer = 'permessage-deflate; client_max_window_bits'
      const { peer } = await bench.tryListen({ headers: { 'Sec-WebSocket-Extensions': offer } })
      const head = await peer.head()
      checkSwitching(head)
      assert.equal(head.headers.get('Sec-WebSocket-Extensions'), undefined, 'extensions')
    },
  },
  {
    id: 'listener.handshake.tracking-id',
    level: 'SHOULD',
    source: '3.1, 9.3',
    title: "the 101 has a TrackingId: the listener's sb-hc-id and a gateway",
    needs: ['listen'],
    async run(bench) {
      const { id, peer } = await bench.tryListen()
      const { headers } = await peer.head()
      assert.match(headers.get('TrackingId') ?? '', new RegExp(`^${id}_G\\d+`, 'i'), 'TrackingId')
    },
  },
  {
    id: 'listener.handshake.no-id',
    level: 'MUST',
    source: '3.1',
    title: 'sb-hc-id may be left out',
    needs: ['listen'],
    async run(bench) {
      const { peer } = await bench.tryListen({ query: 'sb-hc-action=listen' })
      const { status, headers } = await peer.head()
      assert.equal(status, 101, 'status')
      const tracking = headers.get('TrackingId')
      if (tracking !== undefined) assert.match(tracking, GUID, 'TrackingId')
    },
  },
  {
    id: 'listener.handshake.silent',
    level: 'SHOULD',
    source: '3.1',
    title: 'nothing follows the 101 until there is a sender',
    needs: ['listen'],
    async run(bench) {
      const { peer } = await bench.listen()
      await peer.staysSilent(300)
    },
  },
  {
    id: 'listener.handshake.online-at-once',
    level: 'MUST',
    source: '3.1',
    title: 'a listener is online as soon as it has read the 101',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.connect(listener)
      await listener.nextAccept()
      sender.reset()
    },
  },
  {
    id: 'listener.refusal.reason',
    level: 'MUST',
    source: '3.2, 9.3',
    title: 'a refusal tells its text and tracking in the reason phrase',
    needs: ['listen'],
    async run(bench) {
      const { id, peer } = await bench.tryListen({ token: null })
      const { version, reason } = await peer.head()
      assert.equal(version, 'HTTP/1.1', 'version')
      checkTracking(reason, `sb://${literal(bench.host)}(?::\\d+)?/${literal(bench.entity.path)}`)
      assert.match(reason, new RegExp(`TrackingId:${id}_G`, 'i'), "the caller's id")
    },
  },
  {
    id: 'listener.refusal.closes',
    level: 'ASSUMED',
    question: 26,
    source: '3.2',
    title: 'a refused handshake ends the connection, and says so',
    needs: ['listen'],
    async run(bench) {
      const { peer } = await bench.tryListen({ token: null })
      const { headers } = await peer.head()
      assert.equal(headers.get('Connection')?.toLowerCase(), 'close', 'Connection')
      await peer.over()
    },
  },
  {
    id: 'listener.refusal.unknown-entity',
    level: 'MUST',
    source: '3.2',
    title: 'a listener for what does not exist is refused with 404: it stops trying then',
    needs: ['listen', 'namespaceRule'],
    async run(bench) {
      const token = bench.listenToken({ resource: `http://${bench.host}/` })
      const { peer } = await bench.tryListen({ token, suffix: '-that-nobody-made' })
      checkRefusal(await peer.head(), 404, /^Endpoint does not exist\./)
    },
  },
  ...brokenCases,
]
