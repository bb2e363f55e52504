import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { closePayload, frameBytes, readClose } from '../../wire/frames.ts'
import type { ListenerCase, ListenerSuite } from '../needs.ts'
import { checkHandshake } from '../token-check.ts'

/** Ways to write an offer that are all valid; every listener must understand them. */
const SPELLINGS: readonly [name: string, title: string, rewrite: (text: string) => string][] = [
  ['escaped-slashes', 'escaped slashes', (text) => text.replaceAll('/', '\\/')],
  [
    'unicode-escapes',
    'Unicode escapes in its texts',
    (text) => text.replace('relay-conformance', '\\u0072elay-conformance'),
  ],
  [
    'other-order',
    'its members in another order',
    (text) => {
      const { accept } = JSON.parse(text) as { accept: Record<string, unknown> }
      return JSON.stringify({ accept: Object.fromEntries(Object.entries(accept).reverse()) })
    },
  ],
  ['spaces', 'line breaks and blanks', (text) => JSON.stringify(JSON.parse(text), null, 2)],
]

const spellingCases = SPELLINGS.map(([name, title, rewrite]): ListenerCase => ({
  id: `accepting.spelling.${name}`,
  level: 'MUST',
  source: '4.2',
  title: `an offer may have ${title}`,
  needs: ['websocket'],
  async run(bench) {
    const peer = await bench.open({ rewrite })
    await bench.checkEcho(peer, 'understood')
  },
}))

const ECHOES: readonly [name: string, data: () => Buffer | string][] = [
  ['text', () => 'größe ✓'],
  ['binary', () => randomBytes(100)],
  ['1-byte', () => Buffer.from('x')],
  ['65-536-bytes', () => randomBytes(65_536)],
  ['mebibyte', () => randomBytes(1_048_576)],
]

const echoCases = ECHOES.map(([name, data]): ListenerCase => ({
  id: `accepting.echo.${name}`,
  level: 'MUST',
  source: '4.7',
  title: `a message comes back as it was sent: ${name.replaceAll('-', ' ')}`,
  needs: ['websocket'],
  run: async (bench) => bench.checkEcho(await bench.open(), data()),
}))

const PROTOCOLS: readonly [name: string, offered: string | undefined, asked: string | undefined][] =
  [
    ['first', 'mqtt, wamp.2.json', 'mqtt'],
    ['none', undefined, undefined],
  ]

const protocolCases = PROTOCOLS.map(([name, offered, asked]): ListenerCase => ({
  id: `accepting.protocol.${name}`,
  level: name === 'none' ? 'MUST' : 'SHOULD',
  source: '4.4',
  title:
    offered === undefined
      ? 'it asks for no sub-protocol where the sender offers none'
      : `of the sub-protocols "${offered}" it asks for one, by default the first`,
  needs: ['websocket', 'protocol'],
  async run(bench) {
    const headers: Record<string, string> =
      offered === undefined ? {} : { 'Sec-WebSocket-Protocol': offered }
    const arrival = await bench.dialled(bench.offer(await bench.channel(), { headers }))
    const found = arrival.head.headers.get('Sec-WebSocket-Protocol')
    arrival.accept({ protocol: found }).reset()
    assert.equal(found, asked, 'Sec-WebSocket-Protocol')
  },
}))

const REFUSALS = [403, 404, 500]

/** What a listener does with senders. */
export const ACCEPTING: ListenerSuite = {
  name: 'accepting',
  about: 'senders that are offered to the listener, and what it relays',
  cases: [
    {
      id: 'accepting.dials',
      level: 'MUST',
      source: '4.3',
      title: 'it dials the address of the offer without changing a byte of it',
      needs: ['websocket'],
      async run(bench) {
        const input = { query: 'a=%2f+b&&c', suffix: '/rooms/1%202' }
        const offer = bench.offer(await bench.channel(), input)
        const arrival = await bench.dialled(offer)
        checkHandshake(arrival)
        const host = arrival.head.headers.get('Host')
        assert.equal(`wss://${host}${arrival.head.target}`, offer.address, 'address')
        arrival.accept().reset()
      },
    },
    {
      id: 'accepting.in-time',
      level: 'MUST',
      source: '4.1',
      title: 'it dials within 5 s of an offer',
      needs: ['websocket'],
      async run(bench) {
        const offer = bench.offer(await bench.channel())
        ;(await bench.dialled(offer, 5_000)).accept().reset()
      },
    },
    {
      id: 'accepting.no-token',
      level: 'SHOULD',
      source: '2.4',
      title: 'it sends no token there: the address is the credential',
      needs: ['websocket'],
      async run(bench) {
        const arrival = await bench.dialled(bench.offer(await bench.channel()))
        arrival.accept().reset()
        assert.equal(arrival.token, undefined, 'there is a token')
      },
    },
    ...spellingCases,
    ...protocolCases,
    ...echoCases,
    {
      id: 'accepting.fragments',
      level: 'MUST',
      source: '4.7',
      title: 'a message may come in fragments, with a Ping between them that is answered',
      needs: ['websocket'],
      async run(bench) {
        const peer = await bench.open()
        peer.send({ opcode: OPCODE.binary, payload: 'in ', fin: false })
        peer.send({ opcode: OPCODE.ping, payload: 'between' })
        peer.send({ opcode: OPCODE.continuation, payload: 'pieces', fin: true })
        let text = ''
        let pong = ''
        while (text !== 'in pieces' || pong === '') {
          const frame = await peer.frame('the echo and a Pong')
          if (frame.opcode === OPCODE.pong) pong = frame.payload.toString()
          else if (frame.opcode < 8) text += frame.payload.toString()
          assert.ok('in pieces'.startsWith(text), `the echo is "${text}"`)
        }
        assert.equal(pong, 'between', 'payload of the Pong')
      },
    },
    {
      id: 'accepting.early-frame',
      level: 'MUST',
      source: '9.2',
      title: 'a frame in the same segment as the 101 is not lost',
      needs: ['websocket'],
      async run(bench) {
        const early = frameBytes({ opcode: OPCODE.text, payload: 'early' }, false)
        const peer = await bench.open({ early })
        assert.equal((await peer.message('the echo')).data.toString(), 'early', 'echo')
      },
    },
    {
      id: 'accepting.masked',
      level: 'MUST',
      source: '4.7',
      title: 'frames of the listener are masked',
      needs: ['websocket'],
      async run(bench) {
        const peer = await bench.open()
        peer.sendText('masked')
        assert.equal((await peer.frame('the echo')).masked, true, 'mask')
      },
    },
    {
      id: 'accepting.close',
      level: 'MUST',
      source: '4.7',
      title: "a sender's Close is answered by a Close",
      needs: ['websocket'],
      async run(bench) {
        const peer = await bench.open()
        await bench.checkEcho(peer, 'first')
        peer.sendClose(1000, 'Shutdown')
        const { code } = readClose(await peer.closeFrame())
        bench.scope.note(`Close ${code ?? 'without a code'}`)
      },
    },
    {
      id: 'accepting.close-behind-data',
      level: 'MUST',
      source: '4.7',
      title: 'what came before a Close in the same segment is not lost',
      needs: ['websocket'],
      async run(bench) {
        const peer = await bench.open()
        const text = frameBytes({ opcode: OPCODE.text, payload: 'last words' }, false)
        const close = frameBytes({ opcode: OPCODE.close, payload: closePayload(1000) }, false)
        peer.socket.write(Buffer.concat([text, close]))
        const frames = [await peer.frame('the echo'), await peer.frame('a Close')]
        const found = frames.map(({ opcode }) => opcode)
        assert.deepEqual(found, [OPCODE.text, OPCODE.close], 'echo and Close')
      },
    },
    {
      id: 'accepting.abort',
      level: 'MUST',
      source: '4.7',
      title: 'a relayed connection that is cut does not harm the listener',
      needs: ['websocket'],
      async run(bench) {
        const channel = await bench.channel()
        ;(await bench.open()).reset()
        await bench.checkEcho(await bench.open(), 'after it')
        assert.equal(channel.isOnline, true, 'the control channel is gone')
      },
    },
    {
      id: 'accepting.concurrent',
      level: 'MUST',
      source: '4.7',
      title: '20 senders offered in one segment all get through',
      needs: ['websocket'],
      async run(bench) {
        const channel = await bench.channel()
        channel.peer.socket.cork()
        const offers = Array.from({ length: 20 }, () => bench.offer(channel))
        channel.peer.socket.uncork()
        await Promise.all(
          offers.map(async (offer, index) => {
            const peer = (await bench.dialled(offer)).accept()
            bench.scope.defer(() => peer.socket.destroy())
            await bench.checkEcho(peer, `sender ${index}`)
          }),
        )
      },
    },
    {
      id: 'accepting.beside-channel',
      level: 'MUST',
      source: '3.6',
      title: 'a relayed connection outlives the control channel',
      needs: ['websocket'],
      waitsMs: 15_000,
      async run(bench) {
        const peer = await bench.open()
        await bench.comesBack(({ peer: channel }) =>
          channel.sendClose(1011, 'InternalServerError: NameRenewalFailed'),
        )
        await bench.checkEcho(peer, 'still there')
      },
    },
    ...REFUSALS.map((status): ListenerCase => ({
      id: `accepting.refused.${status}`,
      level: 'MUST',
      source: '4.3',
      title: `a listener whose connection for a sender is refused with ${status} goes on`,
      needs: ['websocket'],
      async run(bench) {
        const channel = await bench.channel()
        const arrival = await bench.dialled(bench.offer(channel))
        arrival.refuse(status, 'Unknown Connection ID')
        await bench.checkEcho(await bench.open(), 'next')
        assert.equal(channel.isOnline, true, 'the control channel is gone')
      },
    })),
    {
      id: 'accepting.reject',
      level: 'SHOULD',
      source: '4.5',
      title: 'it rejects a sender by the address with status and text behind it',
      needs: ['websocket', 'reject'],
      async run(bench) {
        const channel = await bench.channel()
        const arrival = await bench.dialled(bench.offer(channel, { query: 'reject=1' }))
        const code = arrival.parameter('sb-hc-statusCode') ?? arrival.parameter('statusCode')
        const text =
          arrival.parameter('sb-hc-statusDescription') ?? arrival.parameter('statusDescription')
        arrival.refuse(410, 'Gone')
        assert.equal(code, '403', 'status code')
        assert.equal(text?.replaceAll('+', ' '), 'Not today', 'status description')
        await bench.checkEcho(await bench.open(), 'goes on')
        assert.equal(channel.isOnline, true, 'the control channel is gone')
      },
    },
  ],
}
