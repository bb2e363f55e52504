import assert from 'node:assert/strict'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import type { ControlSide } from '../control-side.ts'
import { BACK_MS } from '../listener-bench.ts'
import type { ListenerCase, ListenerSuite } from '../needs.ts'
import { checkToken } from '../token-check.ts'

const ENDS: readonly [name: string, title: string, (channel: ControlSide) => void][] = [
  ['going-away', 'a Close 1001', ({ peer }) => closeAndEnd(peer, 1001, 'Going away')],
  [
    'token',
    'a Close 1008, as for a token that ended',
    ({ peer }) => closeAndEnd(peer, 1008, 'ExpiredToken'),
  ],
  [
    'recycled',
    'a Close 1011, as once a day',
    ({ peer }) => closeAndEnd(peer, 1011, 'InternalServerError: NameRenewalFailed'),
  ],
  ['reset', 'a reset of its connection', ({ peer }) => peer.reset()],
  ['eof', 'an end without a Close', ({ peer }) => peer.socket.end()],
]

function closeAndEnd(peer: ControlSide['peer'], code: number, reason: string): void {
  peer.sendClose(code, reason)
  // The listener's own Close need not be waited for.
  setTimeout(() => peer.socket.end(), 300).unref()
}

const endCases = ENDS.map(([name, title, end]): ListenerCase => ({
  id: `recovery.${name}`,
  level: 'MUST',
  source: '3.6, 3.8',
  title: `after ${title} it opens a new control channel with a good token`,
  async run(bench) {
    const channel = await bench.comesBack(end)
    checkToken(bench.relay, channel.arrival.token)
    channel.peer.send({ opcode: OPCODE.ping, payload: 'back' })
    await channel.until(bench.scope, 'a Pong', () => channel.pongs.find((pong) => pong === 'back'))
  },
}))

const REFUSALS = [500, 503, 401]

const refusalCases = REFUSALS.map((status): ListenerCase => ({
  id: `recovery.refused-${status}`,
  level: status === 401 ? 'SHOULD' : 'MUST',
  source: '3.2, 3.8',
  title: `a listener that is refused with ${status} tries again`,
  async run(bench) {
    const lost = await bench.channel()
    let refused = 0
    bench.session.decide = () => {
      if (refused > 0) return undefined
      refused++
      return { status, reason: 'InternalServerError: later.' }
    }
    const count = bench.session.channels.length
    lost.peer.reset()
    await bench.relay.until(
      bench.scope,
      `a handshake after the one that was refused with ${status}`,
      () => (bench.session.channels.length > count ? true : undefined),
      BACK_MS,
    )
    assert.equal(refused, 1, 'refusals')
  },
}))

/** What a listener does when it loses its control channel. */
export const RECOVERY: ListenerSuite = {
  name: 'recovery',
  about: 'losses and refusals of the control channel',
  cases: [
    ...endCases,
    ...refusalCases,
    {
      id: 'recovery.same-id',
      level: 'SHOULD',
      source: '3.7',
      title: 'it comes back with the same sb-hc-id',
      async run(bench) {
        const before = (await bench.channel()).arrival.parameter('sb-hc-id')
        const after = await bench.comesBack(({ peer }) => peer.reset())
        assert.equal(after.arrival.parameter('sb-hc-id'), before, 'sb-hc-id')
      },
    },
    {
      id: 'recovery.back-off',
      level: 'SHOULD',
      source: '3.8',
      title: 'refused again and again it waits longer each time: at most 6 handshakes in 8 s',
      waitsMs: 8_000,
      async run(bench) {
        const lost = await bench.channel()
        const from = bench.session.attempts.length
        bench.session.decide = () => ({ status: 503, reason: 'ServerBusy: later.' })
        lost.peer.reset()
        await bench.scope.pause(8_000)
        const attempts = bench.session.attempts.length - from
        // A listener that hammers has many handshakes on their way: what follows begins anew.
        await bench.session.stop()
        bench.scope.note(`${attempts} handshakes`)
        assert.ok(attempts > 0, 'it did not try again')
        assert.ok(attempts <= 6, `there were ${attempts} handshakes`)
      },
    },
    {
      id: 'recovery.one-channel',
      level: 'SHOULD',
      source: '3.7, 10.1',
      title: 'after a loss there is one control channel again, not two',
      async run(bench) {
        // Channels that were doubled before must not count.
        await bench.session.stop()
        await bench.comesBack(({ peer }) => peer.reset())
        await bench.scope.pause(1_500)
        const open = bench.session.channels.filter((channel) => channel.isOnline)
        assert.equal(open.length, 1, 'open control channels')
      },
    },
    {
      id: 'recovery.stops',
      level: 'SHOULD',
      source: '3.6',
      title: 'told to stop it closes its control channel with a Close and ends',
      async run(bench) {
        const channel = await bench.channel()
        await bench.session.stop()
        assert.ok(channel.close, 'there was no Close')
        const { code } = channel.close
        bench.scope.note(`Close ${code ?? 'without a code'}`)
        assert.ok(code === undefined || code === 1000, `code of the Close is ${code}`)
      },
    },
    {
      id: 'recovery.entity-gone',
      level: 'ASSUMED',
      source: '3.2, 3.8',
      title: 'a listener that is refused with 404 "Endpoint does not exist." stops trying',
      waitsMs: 6_000,
      async run(bench) {
        const lost = await bench.channel()
        const from = bench.session.attempts.length
        bench.session.decide = () => ({ status: 404, reason: 'Endpoint does not exist.' })
        lost.peer.reset()
        await bench.scope.pause(6_000)
        const attempts = bench.session.attempts.length - from
        await bench.session.stop()
        assert.equal(attempts, 1, 'handshakes')
      },
    },
  ],
}
