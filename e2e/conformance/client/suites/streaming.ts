import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { OPCODE } from '../../../../protocol/websocket/frame-header.ts'
import { frameBytes, readClose } from '../../wire/frames.ts'
import type { Peer } from '../../wire/peer.ts'
import type { SenderCase, SenderSuite } from '../needs.ts'
import type { Program } from '../program.ts'
import type { SenderBench } from '../sender-bench.ts'

/** Reads messages until as many bytes came as the sender was given. */
async function readAll(peer: Peer, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  while (length < bytes) {
    const { data, isText } = await peer.message('the bytes of the sender')
    assert.equal(isText, false, 'the bytes were sent as text')
    parts.push(data)
    length += data.length
  }
  return Buffer.concat(parts)
}

/** Ends in order: the sender closes once it has everything, and gets its Close back. */
async function finish(bench: SenderBench, peer: Peer, program: Program, printed: Buffer | string) {
  const close = await peer.closeFrame()
  const { code } = readClose(close)
  peer.sendClose(code)
  peer.socket.end()
  await bench.checkPrinted(program, printed)
  return code
}

const SIZES = [1, 125, 126, 65_535, 65_536, 1_048_576]

const sizeCases = SIZES.map((size): SenderCase => ({
  id: `streaming.size.${size}`,
  level: 'MUST',
  source: '4.7',
  title: `${size} bytes are sent as they are, and what comes back is printed as it is`,
  needs: ['websocket'],
  async run(bench) {
    const input = randomBytes(size)
    const { arrival, program } = await bench.start({ input })
    const peer = arrival.accept()
    const sent = await readAll(peer, size)
    assert.ok(sent.equals(input), 'the bytes that were sent differ')
    peer.sendBinary(input)
    await finish(bench, peer, program, input)
  },
}))

/** How the bytes come back to a sender. */
const WAYS: readonly [name: string, title: string, write: (peer: Peer) => void | Promise<void>][] =
  [
    [
      'fragments',
      'in fragments, an empty one among them',
      (peer) => {
        peer.send({ opcode: OPCODE.binary, payload: 'po', fin: false })
        peer.send({ opcode: OPCODE.continuation, payload: '', fin: false })
        peer.send({ opcode: OPCODE.continuation, payload: 'ng', fin: true })
      },
    ],
    [
      'messages',
      'in several messages, some later than others',
      async (peer) => {
        peer.sendBinary('p')
        await peer.staysSilent(200, 'a Close before everything was there')
        for (const letter of 'ong') peer.sendBinary(letter)
      },
    ],
    [
      'ping-between',
      'with a Ping between its fragments',
      (peer) => {
        peer.send({ opcode: OPCODE.binary, payload: 'po', fin: false })
        peer.send({ opcode: OPCODE.ping, payload: 'between' })
        peer.send({ opcode: OPCODE.continuation, payload: 'ng', fin: true })
      },
    ],
    ['text', 'as a text', (peer) => peer.sendText('pong')],
    [
      'split-frames',
      'with its frames cut into single bytes',
      (peer) => {
        for (const byte of frameBytes({ opcode: OPCODE.binary, payload: 'pong' }, false))
          peer.socket.write(Buffer.of(byte))
      },
    ],
  ]

const wayCases = WAYS.map(([name, title, write]): SenderCase => ({
  id: `streaming.answer.${name}`,
  level: 'MUST',
  source: '4.7',
  title: `an answer that comes ${title} is read whole`,
  needs: ['websocket'],
  async run(bench) {
    const { arrival, program } = await bench.start()
    const peer = arrival.accept()
    await readAll(peer, 4)
    await write(peer)
    await finish(bench, peer, program, 'pong')
  },
}))

/** What a sender does with its relayed connection. */
export const STREAMING: SenderSuite = {
  name: 'streaming',
  about: 'bytes through the relayed WebSocket, and its end',
  cases: [
    ...sizeCases,
    ...wayCases,
    {
      id: 'streaming.waits',
      level: 'MUST',
      source: '4.1',
      title: 'the sender waits 5 s for its listener, and sends nothing before the 101',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        await arrival.peer.staysSilent(5_000)
        const peer = arrival.accept()
        peer.sendBinary(await readAll(peer, 4))
        await finish(bench, peer, program, 'ping')
      },
    },
    {
      id: 'streaming.early-frame',
      level: 'MUST',
      source: '9.2',
      title: 'a frame in the same segment as the 101 is not lost',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        const early = frameBytes({ opcode: OPCODE.binary, payload: 'pong' }, false)
        const peer = arrival.accept({ early })
        await readAll(peer, 4)
        await finish(bench, peer, program, 'pong')
      },
    },
    {
      id: 'streaming.masked',
      level: 'MUST',
      source: '4.7',
      title: 'frames of the sender are masked and have no reserved bit',
      needs: ['websocket'],
      async run(bench) {
        const { arrival } = await bench.start()
        const { masked, rsv } = await arrival.accept().frame('the bytes of the sender')
        assert.equal(masked, true, 'mask')
        assert.equal(rsv, 0, 'reserved bits')
      },
    },
    {
      id: 'streaming.ping',
      level: 'MUST',
      source: '4.7',
      title: 'a Ping is answered by a Pong with its payload',
      needs: ['websocket'],
      async run(bench) {
        const { arrival } = await bench.start()
        const peer = arrival.accept()
        peer.send({ opcode: OPCODE.ping, payload: 'who' })
        for (;;) {
          const frame = await peer.frame('a Pong')
          if (frame.opcode !== OPCODE.pong) continue
          assert.equal(frame.payload.toString(), 'who', 'payload')
          return
        }
      },
    },
    {
      id: 'streaming.close',
      level: 'SHOULD',
      source: '4.7',
      title: 'the sender ends with Close 1000',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        const peer = arrival.accept()
        peer.sendBinary(await readAll(peer, 4))
        assert.equal(await finish(bench, peer, program, 'ping'), 1000, 'code of the Close')
      },
    },
    {
      id: 'streaming.closed-by-listener',
      level: 'MUST',
      source: '4.7',
      title: "a listener's Close behind its bytes is answered, and nothing is lost",
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        const peer = arrival.accept()
        peer.sendBinary(await readAll(peer, 4))
        peer.sendClose(1000, 'NormalClosure')
        await peer.closeFrame()
        peer.socket.end()
        await bench.checkPrinted(program, 'ping')
      },
    },
    {
      id: 'streaming.half-close',
      level: 'SHOULD',
      source: '4.7',
      title: 'what the listener sends after the Close of the sender does no harm',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        const peer = arrival.accept()
        peer.sendBinary(await readAll(peer, 4))
        const { code } = readClose(await peer.closeFrame())
        peer.sendBinary('one more')
        peer.sendClose(code)
        peer.socket.end()
        const { code: exit } = await bench.ending(program)
        assert.equal(exit, 0, 'exit code')
      },
    },
    {
      id: 'streaming.cut',
      level: 'MUST',
      source: '4.7',
      title: 'a connection that is cut before the answer is a failure and no success',
      needs: ['websocket'],
      async run(bench) {
        const { arrival, program } = await bench.start()
        const peer = arrival.accept()
        await readAll(peer, 4)
        peer.reset()
        await bench.checkFailed(program)
      },
    },
  ],
}
