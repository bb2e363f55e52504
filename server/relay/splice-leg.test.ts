import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { test, type Test } from 'tap'
import { plainMemory } from '../../protocol/websocket/unmask-memory.ts'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { SocketReader } from './socket-reader.ts'
import { SHARED_BLOCKS, SpliceMemory } from './splice-memory.ts'
import { findStaticRead } from '../../protocol/websocket/static-read.ts'
import { type Link, memoryLink, tcpLinker, tlsLinker } from './testing/links.ts'
import { Splice, type SpliceEnd, closePayload } from './splice.ts'
import {
  type Frame,
  FrameParser,
  clientFrame,
} from '../../protocol/websocket/testing/reference-frames.ts'
import { Random } from '../../protocol/websocket/testing/random.ts'

type Peer = { readonly stream: Duplex; readonly parser: FrameParser }

type Joined = {
  readonly sender: Peer
  readonly listener: Peer
  readonly listenerSide: Duplex
  readonly splice: Splice
  readonly ends: SpliceEnd[]
  readonly closed: Promise<void>
}

/** Two peers in memory, joined by a splice, with buffers of `highWaterMark` bytes. */
function joined(highWaterMark = 16, memory = new SpliceMemory()): Joined {
  return join(memoryLink(highWaterMark), memoryLink(highWaterMark), memory)
}

function join(sender: Link, listener: Link, memory: SpliceMemory): Joined {
  const ends: SpliceEnd[] = []
  let splice!: Splice
  const closed = new Promise<void>((resolve) => {
    const reader = ({ relay }: Link) => new SocketReader(relay, memory)
    splice = new Splice(reader(sender), reader(listener), {
      memory,
      halfCloseTimeoutMs: 0,
      onClosing: (end) => ends.push(end),
      onClosed: resolve,
    })
  })
  return {
    sender: peer(sender.peer),
    listener: peer(listener.peer),
    listenerSide: listener.relay,
    splice,
    ends,
    closed,
  }
}

function peer(stream: Duplex): Peer {
  const parser = new FrameParser()
  stream.on('data', (chunk: Buffer) => parser.push(chunk))
  stream.on('error', () => {})
  return { stream, parser }
}

const SIZES = [0, 1, 2, 124, 125, 126, 127, 128, 1000, 65_535, 65_536, 65_537]
const OPCODES = [OPCODE.text, OPCODE.binary]

type Script = { readonly bytes: Buffer; readonly data: Frame[]; readonly pings: string[] }

/** Some messages in random fragments, with pings and pongs between any two frames. */
function script(random: Random, name: string): Script {
  const parts: Buffer[] = []
  const data: Frame[] = []
  const pings: string[] = []
  const frame = (opcode: number, payload: Buffer, fin: boolean) => {
    parts.push(clientFrame(opcode, payload, { fin, mask: [...random.bytes(4)] }))
    data.push({ fin, rsv: 0, opcode, masked: false, payload })
  }
  const control = () => {
    if (random.oneIn(3)) {
      const text = `${name}${pings.length}${'.'.repeat(random.below(100))}`
      pings.push(text)
      parts.push(clientFrame(OPCODE.ping, Buffer.from(text), { mask: [...random.bytes(4)] }))
    }
    if (random.oneIn(6)) parts.push(clientFrame(OPCODE.pong, random.bytes(random.below(126))))
  }
  const messages = 1 + random.below(6)
  for (let message = 0; message < messages; message++) {
    const fragments = 1 + random.below(4)
    for (let i = 0; i < fragments; i++) {
      control()
      const opcode = i === 0 ? random.of(OPCODES) : OPCODE.continuation
      frame(opcode, random.bytes(random.of(SIZES)), i === fragments - 1)
    }
  }
  control()
  parts.push(clientFrame(OPCODE.close, closePayload(1000 + random.below(4), name)))
  return { bytes: Buffer.concat(parts), data, pings }
}

/** Writes a script in random pieces while its peer reads, and now and then does not. */
async function play(random: Random, { stream }: Peer, bytes: Buffer): Promise<void> {
  const longest = random.of([1_000, 5_000, 70_000, 200_000])
  for (const piece of random.cut(bytes, random.oneIn(4) ? 3 + (longest >> 3) : longest)) {
    if (random.oneIn(5)) {
      stream.pause()
      setImmediate(() => stream.resume())
    }
    // The last piece may be answered by the end of everything before it is said to have drained.
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
  }
}

/** Random traffic both ways at once, which each side reads with the slow parser. */
async function fuzz(
  t: Test,
  random: Random,
  { sender, listener, splice, ends, closed }: Joined,
  name: string,
): Promise<void> {
  const there = script(random, 'there')
  const back = script(random, 'back')
  const check = async (reader: Peer, data: readonly Frame[], ownPings: readonly string[]) => {
    let next = 0
    let lastPing = -1
    for (;;) {
      const frame = await reader.parser.frame()
      if (frame.opcode === OPCODE.pong) {
        const ping = ownPings.indexOf(frame.payload.toString())
        if (ping <= lastPing || frame.masked) return `pong out of order: ${ping} after ${lastPing}`
        lastPing = ping
      } else if (frame.opcode === OPCODE.close) break
      else {
        const { payload, ...head } = frame
        const expected = data[next++]
        if (!expected?.payload.equals(payload)) return `payload of frame ${next}`
        if (JSON.stringify(head) !== JSON.stringify({ ...expected, payload: undefined })) {
          return `head of frame ${next}: ${JSON.stringify(head)}`
        }
      }
    }
    return next === data.length ? 'right' : `only ${next} of ${data.length} frames`
  }
  const [, , atListener, atSender] = await Promise.all([
    play(random, sender, there.bytes),
    play(random, listener, back.bytes),
    check(listener, there.data, back.pings),
    check(sender, back.data, there.pings),
  ])
  sender.stream.end()
  listener.stream.end()
  await closed
  const total = (frames: Frame[]) => frames.reduce((sum, { payload }) => sum + payload.length, 0)
  t.strictSame(
    { atListener, atSender, there: splice.bytesToListener, back: splice.bytesToSender },
    { atListener: 'right', atSender: 'right', there: total(there.data), back: total(back.data) },
    name,
  )
  t.match(ends, [{ means: 'close' }])
}

/** True when nobody holds on to shared memory. */
function isWhole(memory: SpliceMemory): boolean {
  const blocks = Array.from({ length: SHARED_BLOCKS }, () => memory.take())
  const isShared = blocks.every((block) => memory.isShared(block))
  for (const block of blocks) memory.give(block)
  return isShared
}

test('random frames in random pieces pass both ways at once, as the slow parser reads them', async (t) => {
  const memories = [new SpliceMemory(), new SpliceMemory({ unmasking: plainMemory })]
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed)
    const pair = joined(random.of([1, 16, 1_000, 65_536]), memories[seed % 2])
    await fuzz(t, random, pair, `seed ${seed}`)
  }
})

for (const { name, makeLinker, isStatic } of [
  { name: 'TCP, read into shared memory', makeLinker: tcpLinker, isStatic: true },
  { name: 'TCP, read as data', makeLinker: tcpLinker, isStatic: false },
  { name: 'TLS, read into shared memory', makeLinker: tlsLinker, isStatic: true },
  { name: 'TLS, read as data', makeLinker: tlsLinker, isStatic: false },
]) {
  test(`pairs that share memory do not see each other's bytes: ${name}`, async (t) => {
    const linker = await makeLinker()
    t.teardown(() => linker.close())
    const find = findStaticRead(Socket)
    let led = 0
    const memory = new SpliceMemory({
      staticRead:
        isStatic &&
        ((...how) => {
          const isLed = find?.(...how) ?? false
          if (isLed) led++
          return isLed
        }),
    })
    for (let seed = 1; seed <= 6; seed++) {
      const pairs: Joined[] = []
      while (pairs.length < 3) pairs.push(join(await linker.link(), await linker.link(), memory))
      await Promise.all(
        pairs.map((pair, index) => fuzz(t, new Random(seed * 10 + index), pair, `seed ${seed}`)),
      )
    }
    t.equal(led, isStatic ? 6 * 3 * 2 : 0)
    t.ok(isWhole(memory))
  })
}

test('pings inside one frame of the other side are answered by one pong, the last one', async (t) => {
  const { sender, listener } = joined(65_536)
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(1000))
  listener.stream.write(frame.subarray(0, 500))
  await sender.parser.bytes(400)
  for (let i = 0; i < 1000; i++) sender.stream.write(clientFrame(OPCODE.ping, Buffer.from(`${i}`)))
  sender.stream.write(clientFrame(OPCODE.binary, Buffer.from('behind the pings')))
  await listener.parser.frame()
  listener.stream.write(frame.subarray(500))
  t.equal((await sender.parser.frame()).opcode, OPCODE.binary)
  t.match(await sender.parser.frame(), { opcode: OPCODE.pong, payload: Buffer.from('999') })
  t.equal(sender.parser.pending, 0)
})

test('a peer that pings and does not read does not fill the memory with pongs', async (t) => {
  const { sender, listener } = joined()
  const count = 20_000
  sender.stream.pause()
  const pings: Buffer[] = []
  for (let i = 1; i <= count; i++) {
    pings.push(clientFrame(OPCODE.ping, Buffer.from(`${i}`.padEnd(100, '.'))))
  }
  sender.stream.write(Buffer.concat(pings))
  sender.stream.write(clientFrame(OPCODE.binary, Buffer.from('behind the pings')))
  await listener.parser.frame()
  sender.stream.resume()
  let pongs = 0
  for (;;) {
    const { opcode, payload } = await sender.parser.frame()
    t.equal(opcode, OPCODE.pong)
    pongs++
    if (payload.toString() === `${count}`.padEnd(100, '.')) break
  }
  t.ok(pongs < count / 2, `${pongs} pongs`)
})

test('a pong that is owed goes out before the Close of the other side', async (t) => {
  const { sender, listener } = joined(65_536)
  const frame = clientFrame(OPCODE.binary, Buffer.alloc(100))
  listener.stream.write(frame.subarray(0, 50))
  await sender.parser.bytes(40)
  sender.stream.write(clientFrame(OPCODE.ping, Buffer.from('p')))
  sender.stream.write(clientFrame(OPCODE.binary, Buffer.from('x')))
  await listener.parser.frame()
  listener.stream.write(
    Buffer.concat([frame.subarray(50), clientFrame(OPCODE.close, Buffer.alloc(0))]),
  )
  const opcodes = [
    await sender.parser.frame(),
    await sender.parser.frame(),
    await sender.parser.frame(),
  ]
  t.strictSame(
    opcodes.map(({ opcode }) => opcode),
    [OPCODE.binary, OPCODE.pong, OPCODE.close],
  )
})

test('what a peer sends behind its Close goes nowhere', async (t) => {
  const { sender, listener } = joined()
  sender.stream.write(clientFrame(OPCODE.close, Buffer.alloc(0)))
  sender.stream.write(clientFrame(OPCODE.binary, Buffer.from('too late')))
  t.equal((await listener.parser.frame()).opcode, OPCODE.close)
  listener.stream.write(clientFrame(OPCODE.binary, Buffer.from('still allowed')))
  t.equal((await sender.parser.frame()).payload.toString(), 'still allowed')
  t.equal(listener.parser.pending, 0)
})

test('a fault after the Close of the relay changes nothing', async (t) => {
  const { sender, listener, splice, ends, closed } = joined()
  splice.close(1001, 'gone')
  sender.stream.write(Buffer.from([0xff, 0xff]))
  t.equal((await sender.parser.frame()).payload.readUInt16BE(0), 1001)
  t.equal((await listener.parser.frame()).payload.readUInt16BE(0), 1001)
  sender.stream.end()
  listener.stream.end()
  await closed
  t.strictSame(ends, [{ by: 'relay', means: 'close', code: 1001, reason: 'gone' }])
})

test('a peer that has sent its Close is answered when the other side vanishes, relay-protocol 4.7.4', async (t) => {
  type Vanish = (pair: { listener: Peer; listenerSide: Duplex }) => unknown
  const ways: Vanish[] = [
    ({ listener }) => listener.stream.end(),
    ({ listenerSide }) => listenerSide.destroy(new Error('reset')),
  ]
  for (const vanish of ways) {
    const { sender, listener, listenerSide, closed } = joined()
    sender.stream.write(clientFrame(OPCODE.close, closePayload(1000, 'bye')))
    await listener.parser.frame()
    vanish({ listener, listenerSide })
    const answer = await sender.parser.frame()
    t.equal(answer.opcode, OPCODE.close)
    t.equal(answer.payload.readUInt16BE(0), 1000)
    sender.stream.end()
    await closed
  }
})

test('a slow reader gets everything that was sent before both Close frames', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const { sender, listener, closed } = joined()
  const payload = Buffer.alloc(200 * 1024, 5)
  sender.stream.write(clientFrame(OPCODE.close, Buffer.alloc(0)))
  await listener.parser.frame()
  sender.stream.pause()
  listener.stream.write(clientFrame(OPCODE.binary, payload))
  listener.stream.write(clientFrame(OPCODE.close, Buffer.alloc(0)))
  await once(listener.stream, 'end')
  t.clock.advance(60_000)
  sender.stream.resume()
  t.ok((await sender.parser.frame()).payload.equals(payload))
  t.equal((await sender.parser.frame()).opcode, OPCODE.close)
  sender.stream.end()
  listener.stream.end()
  await closed
})

test('a peer that keeps its side open after both Close frames is cut', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const { sender, listener, closed } = joined()
  sender.stream.write(clientFrame(OPCODE.close, Buffer.alloc(0)))
  listener.stream.write(clientFrame(OPCODE.close, Buffer.alloc(0)))
  await Promise.all([once(sender.stream, 'end'), once(listener.stream, 'end')])
  t.clock.advance(5_000)
  await closed
})
