import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { readClose } from '../../wire/frames.ts'
import type { RelayBench } from '../bench.ts'
import type { ControlListener } from '../control-listener.ts'
import { checkClose } from '../expectations.ts'
import { BOTH, type RelayCase, type RelaySuite, SIGNING } from '../needs.ts'
import { LISTENER_HANDSHAKE } from './listener-handshake.ts'
import { LISTENER_LIFE } from './listener-life.ts'

/** Tokens that a renewal must not be granted for. */
const BAD_RENEWALS: readonly [
  name: string,
  title: string,
  needs: RelayCase['needs'],
  (bench: RelayBench) => string,
][] = [
  ['garbage', 'is no token', ['listen'], () => 'com.microsoft.azure.relay.SecurityToken@1a2b3c'],
  ['expired', 'has ended', SIGNING, (bench) => bench.listenToken({ seconds: -600 })],
  [
    'audience',
    'is for something else',
    SIGNING,
    (bench) => bench.listenToken({ resource: 'http://other.example/' }),
  ],
  [
    'right',
    'has no Listen',
    ['sendOnly'],
    (bench) => bench.listenToken({ credential: bench.entity.sendOnly }),
  ],
]

const renewalCases = BAD_RENEWALS.map(([name, title, needs, token]): RelayCase => ({
  id: `listener.renew.${name}`,
  level: 'SHOULD',
  source: '3.5, 3.6',
  title: `a renewToken whose token ${title} closes the channel with 1008 and a TrackingId`,
  needs: needs ?? [],
  async run(bench) {
    const listener = await bench.listen()
    renew(listener, token(bench))
    const close = readClose(await listener.peer.closeFrame())
    assert.equal(close.code, 1008, `code of the Close (${close.reason})`)
    assert.match(close.reason, /TrackingId:/, 'reason of the Close')
  },
}))

function renew(listener: ControlListener, token: string): void {
  listener.peer.sendText(JSON.stringify({ renewToken: { token } }))
}

/** What a listener may send that is nothing to the relay. */
const NONSENSE: readonly [name: string, title: string, text: string][] = [
  ['no-json', 'a text that is no JSON', 'hello'],
  ['unknown-command', 'an unknown command', '{"dance":{}}'],
  ['array', 'JSON that is no object', '[1]'],
]

const nonsenseCases = NONSENSE.map(([name, title, text]): RelayCase => ({
  id: `listener.nonsense.${name}`,
  level: 'ASSUMED',
  source: '3.3',
  title: `${title} is ignored and the channel stays open`,
  needs: ['listen'],
  async run(bench) {
    const listener = await bench.listen()
    listener.peer.sendText(text)
    await listener.settled()
  },
}))

export const LISTENER: RelaySuite = {
  name: 'listener',
  about: 'control channels: handshake, refusals, pings, renewal, end',
  cases: [
    ...LISTENER_HANDSHAKE,
    {
      id: 'listener.ping.answered',
      level: 'MUST',
      source: '3.4',
      title: 'a Ping is answered by a Pong with its payload',
      needs: ['listen'],
      async run(bench) {
        const { peer } = await bench.listen()
        for (const payload of ['', 'keep alive', 'x'.repeat(125)]) {
          peer.send({ opcode: OPCODE.ping, payload })
          const pong = await peer.frame('a Pong')
          assert.equal(pong.opcode, OPCODE.pong, 'opcode')
          assert.equal(pong.payload.toString(), payload, 'payload')
          assert.equal(pong.masked, false, 'mask')
        }
      },
    },
    {
      id: 'listener.ping.unsolicited-pong',
      level: 'MUST',
      source: '3.4',
      title: 'a Pong that answers nothing is taken in silence',
      needs: ['listen'],
      async run(bench) {
        const listener = await bench.listen()
        listener.peer.send({ opcode: OPCODE.pong, payload: 'alive' })
        await listener.settled()
      },
    },
    ...nonsenseCases,
    {
      id: 'listener.renew.good',
      level: 'MUST',
      source: '3.5',
      title: 'a good renewToken has no answer, and the channel goes on',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        renew(listener, bench.listenToken())
        await listener.peer.staysSilent(200)
        await bench.exchange({ listener })
      },
    },
    {
      id: 'listener.renew.extends',
      level: 'MUST',
      source: '3.5',
      title: 'a renewed channel outlives its first token',
      needs: SIGNING,
      waitsMs: 9_000,
      async run(bench) {
        const listener = await bench.listen({ token: bench.listenToken({ seconds: 5 }) })
        renew(listener, bench.listenToken())
        await bench.scope.pause(7_500)
        await listener.settled()
      },
    },
    ...renewalCases,
    {
      id: 'listener.renew.refused-at-once',
      level: 'ASSUMED',
      question: 19,
      source: '3.5',
      title: 'a bad renewToken closes the channel at once, not when the first token ends',
      needs: ['listen'],
      async run(bench) {
        const listener = await bench.listen()
        renew(listener, 'bad')
        await listener.peer.closeFrame(2_000)
      },
    },
    {
      id: 'listener.renew.expiry',
      level: 'ASSUMED',
      question: 6,
      source: '2.3, 3.6',
      title: 'a channel whose token ends is closed with 1008, without grace',
      needs: SIGNING,
      waitsMs: 12_000,
      async run(bench) {
        const { peer } = await bench.listen({ token: bench.listenToken({ seconds: 4 }) })
        assert.equal(readClose(await peer.closeFrame(12_000)).code, 1008, 'code of the Close')
      },
    },
    {
      id: 'listener.close.echo',
      level: 'MUST',
      source: '3.6',
      title: "a listener's Close is echoed with its code, and the connection ends",
      needs: ['listen'],
      async run(bench) {
        const { peer } = await bench.listen()
        peer.sendClose(1000, 'Normal Closure')
        assert.equal(readClose(await peer.closeFrame()).code, 1000, 'code of the Close')
        await peer.over()
      },
    },
    {
      id: 'listener.close.empty',
      level: 'MUST',
      source: '3.6',
      title: 'a Close without a code, as hyco-https sends it, is echoed without one',
      needs: ['listen'],
      async run(bench) {
        const { peer } = await bench.listen()
        peer.sendClose()
        checkClose(await peer.closeFrame(), undefined)
        await peer.over()
      },
    },
    {
      id: 'listener.close.same-id',
      level: 'MUST',
      source: '3.7',
      title: 'a listener that was cut may come back at once with its own sb-hc-id',
      needs: BOTH,
      async run(bench) {
        const id = randomUUID()
        const first = await bench.listen({ id })
        first.peer.reset()
        const listener = await bench.listen({ id })
        const sender = await bench.connect(listener)
        await listener.nextAccept()
        sender.reset()
      },
    },
    ...LISTENER_LIFE,
  ],
}
