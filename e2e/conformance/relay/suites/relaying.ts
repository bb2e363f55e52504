import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { readClose } from '../../wire/frames.ts'
import type { Peer } from '../../wire/peer.ts'
import type { Pair, RelayBench } from '../bench.ts'
import type { Accept } from '../control-listener.ts'
import { checkClose } from '../expectations.ts'
import { BOTH, type RelayCase, type RelaySuite } from '../needs.ts'

/** A case that holds in both directions alike. */
type BothWays = {
  readonly name: string
  readonly level: RelayCase['level']
  readonly title: string
  readonly question?: number
  readonly needs?: RelayCase['needs']
  check(from: Peer, to: Peer, bench: RelayBench, pair: Pair): Promise<void>
}

const sha = (data: Buffer) => createHash('sha256').update(data).digest('hex')

/** Sizes around the steps of a frame's length, and beyond any buffer. */
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_048_576]

const sizes = SIZES.map((size): BothWays => ({
  name: `size-${size}`,
  level: 'MUST',
  title: `a binary message of ${size} bytes arrives as one message, byte by byte`,
  async check(from, to) {
    const data = randomBytes(size)
    from.sendBinary(data)
    const message = await to.message()
    assert.equal(message.isText, false, 'it came as text')
    assert.equal(message.data.length, size, 'bytes')
    assert.equal(sha(message.data), sha(data), 'SHA-256')
  },
}))

const CLOSES: readonly [
  name: string,
  level: RelayCase['level'],
  code: number | undefined,
  string,
][] = [
  ['normal', 'MUST', 1000, 'Shutdown'],
  ['application', 'SHOULD', 4321, 'own words: größe'],
  ['going-away', 'SHOULD', 1001, ''],
  ['empty', 'SHOULD', undefined, ''],
]

const closes = CLOSES.map(([name, level, code, reason]): BothWays => ({
  name: `close-${name}`,
  level,
  title: `a Close ${code ?? 'without a code'}${reason === '' ? '' : ` "${reason}"`} reaches the other side as it was, and back`,
  async check(from, to) {
    from.sendClose(code, reason)
    checkClose(await to.closeFrame(), code, reason)
    to.sendClose(code, reason)
    checkClose(await from.closeFrame(), code, reason)
    await Promise.all([from.over(), to.over()])
  },
}))

const BOTH_WAYS: readonly BothWays[] = [
  ...sizes,
  {
    name: 'text',
    level: 'MUST',
    title: 'a text stays a text',
    async check(from, to) {
      from.sendText('größe ✓')
      const message = await to.message()
      assert.equal(message.isText, true, 'it came as binary')
      assert.equal(message.data.toString(), 'größe ✓', 'text')
    },
  },
  {
    name: 'boundaries',
    level: 'MUST',
    title: '500 messages sent at once arrive one by one and in order',
    async check(from, to) {
      const texts = Array.from({ length: 500 }, (_, index) => `message ${index}`)
      for (const text of texts) from.sendText(text)
      for (const text of texts) assert.equal((await to.message()).data.toString(), text)
    },
  },
  {
    name: 'fragments',
    level: 'SHOULD',
    title: 'fragments arrive as they were cut, empty ones and a Ping between them included',
    async check(from, to) {
      from.send({ opcode: OPCODE.text, payload: 'a', fin: false })
      from.send({ opcode: OPCODE.continuation, payload: '', fin: false })
      from.send({ opcode: OPCODE.ping, payload: 'between' })
      from.send({ opcode: OPCODE.continuation, payload: 'bc', fin: true })
      const seen = []
      while (seen.length < 3) {
        const frame = await to.frame()
        if (frame.opcode < 8) seen.push([frame.opcode, frame.fin, frame.payload.toString()])
      }
      const sent = [
        [OPCODE.text, false, 'a'],
        [OPCODE.continuation, false, ''],
        [OPCODE.continuation, true, 'bc'],
      ]
      assert.deepEqual(seen, sent, 'frames')
    },
  },
  {
    name: 'streams',
    level: 'SHOULD',
    title: 'a fragment arrives before the message has ended',
    async check(from, to) {
      from.send({ opcode: OPCODE.binary, payload: 'early', fin: false })
      assert.equal((await to.frame('the first fragment')).payload.toString(), 'early')
      from.send({ opcode: OPCODE.continuation, payload: '', fin: true })
    },
  },
  {
    name: 'unmasked',
    level: 'MUST',
    title: 'frames of the relay are not masked, and have no reserved bit',
    async check(from, to) {
      from.sendText('plain')
      const { masked, rsv } = await to.frame()
      assert.equal(masked, false, 'mask')
      assert.equal(rsv, 0, 'reserved bits')
    },
  },
  ...closes,
  {
    name: 'half-close',
    level: 'MUST',
    title: 'a side that sent its Close still gets what the other one sends before its own',
    async check(from, to) {
      from.sendClose(1000, 'Shutdown')
      checkClose(await to.closeFrame(), 1000, 'Shutdown')
      await from.staysSilent(200, 'an answer of the relay to the Close')
      to.sendText('one more')
      assert.equal((await from.message()).data.toString(), 'one more')
      to.sendClose(1000, 'Shutdown')
      checkClose(await from.closeFrame(), 1000, 'Shutdown')
      await Promise.all([from.over(), to.over()])
    },
  },
  {
    name: 'abort',
    level: 'MUST',
    title: 'a connection that is cut ends the other side without a Close',
    async check(from, to) {
      from.reset()
      await to.over()
      const closes = to.pendingFrames.filter(({ opcode }) => opcode === OPCODE.close)
      assert.equal(closes.length, 0, 'a Close came')
    },
  },
  {
    name: 'ping',
    level: 'ASSUMED',
    question: 14,
    title: 'a Ping is answered on its own side and does not reach the other',
    async check(from, to) {
      from.send({ opcode: OPCODE.ping, payload: 'who' })
      const pong = await from.frame('a Pong')
      assert.equal(pong.opcode, OPCODE.pong, 'opcode')
      assert.equal(pong.payload.toString(), 'who', 'payload')
      await to.staysSilent(200, 'the Ping')
    },
  },
  {
    name: 'slow-reader',
    level: 'SHOULD',
    title: 'a side that does not read for a while loses nothing of 4 MiB',
    async check(from, to) {
      to.socket.pause()
      const data = randomBytes(4 * 1024 * 1024)
      from.sendBinary(data)
      await new Promise((resolve) => setTimeout(resolve, 300))
      to.socket.resume()
      assert.equal(sha((await to.message()).data), sha(data), 'SHA-256')
    },
  },
]

const ways = [
  ['to-listener', 'sender to listener', (pair: Pair) => [pair.sender, pair.rendezvous] as const],
  ['to-sender', 'listener to sender', (pair: Pair) => [pair.rendezvous, pair.sender] as const],
] as const

const bothWays = BOTH_WAYS.flatMap(({ name, level, title, question, needs = BOTH, check }) =>
  ways.map(([way, words, peers]): RelayCase => ({
    id: `relaying.${name}.${way}`,
    level,
    source: '4.7',
    ...(question !== undefined && { question }),
    title: `${words}: ${title}`,
    needs,
    async run(bench) {
      const pair = await bench.pair()
      const [from, to] = peers(pair)
      await check(from, to, bench, pair)
    },
  })),
)

const CONCURRENT = 100

export const RELAYING: RelaySuite = {
  name: 'relaying',
  about: 'what passes between a sender and a listener once they are joined',
  cases: [
    ...bothWays,
    {
      id: 'relaying.vanished-sender',
      level: 'ASSUMED',
      question: 18,
      source: '4.7',
      title: 'a listener whose sender vanishes sees its connection end without a Close',
      needs: BOTH,
      async run(bench) {
        const { sender, rendezvous } = await bench.pair()
        sender.reset()
        await rendezvous.over()
        const close = rendezvous.pendingFrames.find(({ opcode }) => opcode === OPCODE.close)
        if (close) bench.scope.note(`Close ${readClose(close).code ?? 'without a code'}`)
        assert.equal(close, undefined, 'a Close came')
      },
    },
    {
      id: 'relaying.concurrent',
      level: 'MUST',
      source: '4.7',
      title: `${CONCURRENT} senders connect at once to one listener, and each gets its own answer`,
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const senders = Array.from({ length: CONCURRENT }, async (_, index) => {
          const sender = await bench.connect(listener, { query: `n=${index}` })
          assert.equal((await sender.head(20_000)).status, 101, `status of sender ${index}`)
          assert.equal((await sender.message()).data.toString(), `n=${index}`)
        })
        const answer = async (accept: Accept) => {
          const rendezvous = await bench.join(accept)
          rendezvous.sendText(/[?&](n=\d+)/.exec(accept.address)?.[1] ?? accept.address)
        }
        const served: Promise<void>[] = []
        while (served.length < CONCURRENT) served.push(answer(await listener.nextAccept(20_000)))
        await Promise.all([...senders, ...served])
      },
    },
    {
      id: 'relaying.token-end',
      level: 'SHOULD',
      source: '4.7',
      title: "the end of the sender's token does not end its connection",
      needs: ['listen', 'authorized', 'key'],
      waitsMs: 6_000,
      async run(bench) {
        const { sender, rendezvous } = await bench.pair({ token: bench.sendToken({ seconds: 3 }) })
        await bench.scope.pause(5_500)
        sender.sendText('still')
        assert.equal((await rendezvous.message()).data.toString(), 'still')
      },
    },
  ],
}
