import { Socket } from 'node:net'
import { test } from 'tap'
import { FrameMemory } from './frame-memory.ts'
import { FrameSocket } from './frame-socket.ts'
import { ZERO_MASKER } from './masking.ts'
import { RECORD_BYTES, RecordReads } from './record-reads.ts'
import { BINARY, serverFrame } from './testing/server-frames.ts'

/** Reads as node:net makes them, and what was handed on of them. */
function readsOf(memory = new FrameMemory(), onChunk = (_chunk: Buffer): void => {}) {
  const place = Buffer.alloc(RECORD_BYTES)
  const reads = new RecordReads(memory, place)
  const chunks: Buffer[] = []
  reads.consume = (chunk) => {
    chunks.push(chunk)
    onChunk(chunk)
  }
  const record = (text: string, bytes = text.length) => {
    place.fill(text, 0, bytes)
    reads.onread.callback(bytes)
  }
  return { reads, chunks, record }
}

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve))
const texts = (chunks: readonly Buffer[]) => chunks.map((chunk) => chunk.toString())

test('a small record is handed on at once, larger ones of one turn together and in order', async (t) => {
  const { chunks, record } = readsOf()
  record('question')
  t.same(texts(chunks), ['question'])
  record('a', 5_000)
  record('b', 10)
  record('c', 5_000)
  t.equal(chunks.length, 1, 'what comes behind a large one waits with it')
  await endOfTurn()
  t.equal(chunks[1]?.toString(), 'a'.repeat(5_000) + 'b'.repeat(10) + 'c'.repeat(5_000))
  record('d', 10)
  t.equal(chunks.length, 3)
})

test('a turn that brings more than a piece holds loses nothing', async (t) => {
  let got = ''
  const { chunks, record } = readsOf(undefined, (chunk) => (got += chunk.toString('latin1')))
  let sent = ''
  for (const letter of 'abcdefghijklmnopqrst') {
    record(letter, RECORD_BYTES - 7)
    sent += letter.repeat(RECORD_BYTES - 7)
  }
  t.ok(chunks.length > 0, 'a full piece does not wait for the end of the turn')
  await endOfTurn()
  t.equal(got, sent)
})

test('what is held stays as it is until it is released; anything else is used again', async (t) => {
  const memory = new FrameMemory()
  const { reads, chunks, record } = readsOf(memory, (chunk) => {
    if (chunk[0] === 0x68) reads.hold()
  })
  record('held')
  record('free')
  record('more')
  t.equal(texts(chunks)[0], 'held')
  t.equal(chunks[1]?.buffer, chunks[2]?.buffer)
  t.not(chunks[0]?.buffer, chunks[1]?.buffer)
  reads.release()
  record('last')
  t.equal(chunks[3]?.buffer, chunks[0]?.buffer)
})

test('what waits at the end of a connection is handed on before it', async (t) => {
  const { reads, chunks, record } = readsOf()
  record('x', 5_000)
  reads.flush()
  t.equal(chunks[0]?.length, 5_000)
  reads.flush()
  await endOfTurn()
  t.equal(chunks.length, 1)
})

test('records behind the handshake wait for whoever takes the connection', async (t) => {
  const memory = new FrameMemory()
  const { reads } = readsOf(memory)
  const tools = { masker: ZERO_MASKER, memory }
  const frames = new FrameSocket(new Socket(), serverFrame(BINARY, 'with it, '), tools, reads)
  const record = (text: string) => {
    const frame = serverFrame(BINARY, text)
    const { buffer: place } = reads.onread
    reads.onread.callback(frame.copy(place as Buffer))
  }
  record('at once, ')
  record('before anybody listens, ')
  let got = ''
  const ignore = () => {}
  frames.start({
    data: (bytes) => (got += bytes.toString()),
    messageEnd: ignore,
    readEnd: ignore,
    ping: ignore,
    pong: ignore,
    close: ignore,
    drain: ignore,
    gone: ignore,
  })
  record('and then')
  t.equal(got, 'with it, at once, before anybody listens, and then')
  frames.destroy()
})
