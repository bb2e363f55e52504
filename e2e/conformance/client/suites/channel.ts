import assert from 'node:assert/strict'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import type { ControlSide } from '../control-side.ts'
import type { ListenerBench } from '../listener-bench.ts'
import type { ListenerCase, ListenerSuite } from '../needs.ts'
import { checkToken, expiryOf } from '../token-check.ts'

/** The listener still answers on this channel. */
async function checkAlive(bench: ListenerBench, channel: ControlSide): Promise<void> {
  const payload = `alive-${Math.random()}`
  channel.peer.send({ opcode: OPCODE.ping, payload })
  await channel.until(bench.scope, 'a Pong', () => channel.pongs.find((pong) => pong === payload))
}

/** Life of the tokens that a client is asked to sign, seconds. */
const TOKEN_SECONDS = 24

const quietCases: readonly ListenerCase[] = [
  {
    id: 'channel.ping',
    level: 'MUST',
    source: '3.4',
    title: 'a Ping is answered by a Pong with its payload',
    run: async (bench) => checkAlive(bench, await bench.channel()),
  },
  {
    id: 'channel.unsolicited-pong',
    level: 'MUST',
    source: '3.4',
    title: 'a Pong that answers nothing is taken in silence',
    async run(bench) {
      const channel = await bench.channel()
      channel.peer.send({ opcode: OPCODE.pong, payload: 'nothing' })
      await checkAlive(bench, channel)
    },
  },
  {
    id: 'channel.fragments',
    level: 'MUST',
    source: '3.3',
    title: 'a command may come in fragments with a Ping between them',
    needs: ['http'],
    async run(bench) {
      const channel = await bench.channel()
      const made = bench.draft(channel.arrival, {})
      const half = Math.floor(made.text.length / 2)
      const { peer } = channel
      peer.send({ opcode: OPCODE.text, payload: made.text.slice(0, half), fin: false })
      peer.send({ opcode: OPCODE.ping, payload: 'between' })
      peer.send({ opcode: OPCODE.continuation, payload: made.text.slice(half), fin: true })
      const response = await channel.response(bench.scope, made.id)
      assert.equal(Number(response.statusCode), 200, 'statusCode')
    },
  },
]

/** What goes on a control channel beside senders and requests. */
export const CHANNEL: ListenerSuite = {
  name: 'channel',
  about: 'pings, fragments and renewal on the control channel',
  cases: [
    ...quietCases,
    {
      id: 'channel.masked',
      level: 'MUST',
      source: '3.3',
      title: 'frames of the listener are masked and well-formed',
      async run(bench) {
        const channel = await bench.channel()
        await checkAlive(bench, channel)
        assert.deepEqual(channel.faults, [], 'faults')
      },
    },
    {
      id: 'channel.silent-for-10-s',
      level: 'MUST',
      source: '3.4',
      title: 'a channel on which nothing happens for 10 s stays open',
      waitsMs: 10_000,
      async run(bench) {
        const channel = await bench.channel()
        await bench.scope.pause(10_000)
        await checkAlive(bench, channel)
      },
    },
    {
      id: 'channel.renews',
      level: 'SHOULD',
      source: '3.5',
      title: `a listener whose tokens live for ${TOKEN_SECONDS} s renews in time, or opens a new channel with a fresh token`,
      needs: ['renew'],
      waitsMs: TOKEN_SECONDS * 1000,
      async run(bench) {
        await bench.session.stop()
        bench.session.start({ RELAY_TOKEN_SECONDS: String(TOKEN_SECONDS) })
        const first = await bench.channel()
        const ends = expiryOf(first.arrival.token ?? '')
        const lives = ends - Date.now() / 1000
        assert.ok(lives <= TOKEN_SECONDS + 2, `the first token lives for ${Math.round(lives)} s`)
        const fresh = await bench.relay.until(
          bench.scope,
          'a fresh token',
          () => {
            setTimeout(() => bench.relay.wake(), 50)
            const latest = bench.session.channels.at(-1)
            return first.renewals[0] ?? (latest === first ? undefined : latest?.arrival.token)
          },
          TOKEN_SECONDS * 1000,
        )
        checkToken(bench.relay, fresh)
        assert.ok(expiryOf(fresh) > ends, 'the fresh token ends no later than the first')
        // What follows is to have tokens of the usual life again.
        await bench.session.stop()
      },
    },
  ],
}
