import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { test, type Test } from 'tap'
import { SHARED_BLOCKS, SpliceMemory } from './splice-memory.ts'
import { SpliceOutbox } from './splice-outbox.ts'
import { type Link, tcpLinker } from './testing/links.ts'

async function links(t: Test, count: number): Promise<Link<Socket>[]> {
  const linker = await tcpLinker()
  const made: Link<Socket>[] = []
  while (made.length < count) made.push(await linker.link())
  t.teardown(() => {
    linker.close()
    for (const { peer, relay } of made) {
      peer.destroy()
      relay.destroy()
    }
  })
  return made
}

async function link(t: Test): Promise<Link<Socket>> {
  const [first] = await links(t, 1)
  return first!
}

/** Appends `chunk` where there is room for it, as a stream of frames does. */
function put(outbox: SpliceOutbox, chunk: Buffer): void {
  const room = outbox.room(chunk.length)
  chunk.copy(room)
  outbox.append(room.subarray(0, chunk.length))
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}

function sharedBlocks(memory: SpliceMemory): number {
  const blocks = Array.from({ length: SHARED_BLOCKS }, () => memory.take())
  for (const block of blocks) memory.give(block)
  return blocks.filter((block) => memory.isShared(block)).length
}

test('what a slow socket has not taken is not overwritten, however many are slow', async (t) => {
  const memory = new SpliceMemory()
  const count = 12
  const pairs = await links(t, count)
  const outboxes = pairs.map(({ relay }) => new SpliceOutbox(relay, memory, () => {}))
  const sent = pairs.map((): Buffer[] => [])
  // More than the buffers of two sockets on loopback take.
  for (let round = 0; round < 120; round++) {
    for (const [index, outbox] of outboxes.entries()) {
      const chunk = Buffer.alloc(90_000 + round * 7, round * count + index)
      sent[index]!.push(chunk)
      put(outbox, chunk)
      outbox.flush()
    }
    if (round % 10 === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  t.ok(
    outboxes.every(({ waitingBytes }) => waitingBytes > 1_000_000),
    'all had to wait',
  )
  t.equal(sharedBlocks(memory), 0, 'more waits than shared memory holds')
  const ended = outboxes.map((outbox) => new Promise<void>((resolve) => outbox.end(resolve)))
  const received = await Promise.all(pairs.map(({ peer }) => readAll(peer)))
  await Promise.all(ended)
  for (const [index, bytes] of received.entries()) {
    t.ok(bytes.equals(Buffer.concat(sent[index]!)), `pair ${index}`)
  }
  t.equal(sharedBlocks(memory), SHARED_BLOCKS)
})

test('what is put off goes out in one piece, in its order, at the end of the turn', async (t) => {
  const { peer, relay } = await link(t)
  let writes = 0
  const write = relay.write.bind(relay) as (...parts: unknown[]) => boolean
  relay.write = ((...parts: unknown[]) => {
    writes++
    return write(...parts)
  }) as typeof relay.write
  const empty = new Promise<void>((resolve) => {
    const outbox = new SpliceOutbox(relay, new SpliceMemory(), resolve)
    put(outbox, Buffer.from('one '))
    outbox.flushLater()
    put(outbox, Buffer.from('two '))
    outbox.append(Buffer.from('three'))
    outbox.flushUnlessDeferred()
    t.equal(outbox.waitingBytes, 13)
    t.equal(writes, 0)
  })
  await empty
  relay.end()
  t.equal((await readAll(peer)).toString(), 'one two three')
  t.equal(writes, 1)
})

test('memory comes back from a socket that is destroyed with much unsent, and takes nothing more', async (t) => {
  const memory = new SpliceMemory()
  const { relay } = await link(t)
  const outbox = new SpliceOutbox(relay, memory, () => {})
  relay.on('error', () => {})
  for (let i = 0; i < 100; i++) {
    put(outbox, Buffer.alloc(100_000, i))
    outbox.flush()
  }
  t.ok(sharedBlocks(memory) < SHARED_BLOCKS)
  relay.destroy()
  await once(relay, 'close')
  outbox.dispose()
  put(outbox, Buffer.from('too late'))
  outbox.flush()
  t.equal(sharedBlocks(memory), SHARED_BLOCKS)
})
