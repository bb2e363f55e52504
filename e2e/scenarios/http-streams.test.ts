import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'tap'
import { clientFrame } from '../../protocol/websocket/testing/reference-frames.ts'
import { listenHttp, responseText } from '../harness/http-listener.ts'
import type { RawPeer } from '../harness/raw-peer.ts'
import { sendRequest } from '../harness/raw-request.ts'
import { startRelay } from '../harness/relay.ts'

const TEXT = 1
const BINARY = 2
const CONTINUATION = 0
const MEBI = 1024 * 1024
const PIECE = Buffer.alloc(MEBI / 4, 'relay')
const SIZE = 100 * MEBI
/** What sockets and relay may hold of a body, both ends of the test included; far below one body. */
const MOST = 48 * MEBI

/** Bytes in use after a collection. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** From now on bytes are counted and forgotten. */
function countOnly(peer: RawPeer): { bytes: number; atLeast(count: number): Promise<void> } {
  let wake = () => {}
  const counter = {
    bytes: 0,
    async atLeast(count: number) {
      while (counter.bytes < count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
  peer.socket.removeAllListeners('data')
  peer.socket.on('data', (chunk: Buffer) => {
    counter.bytes += chunk.length
    wake()
  })
  return counter
}

/** Writes a piece; false when nobody takes it. A slow machine gives up early, which fails no test. */
async function isTaken(socket: Socket, bytes: Buffer): Promise<boolean> {
  if (socket.write(bytes)) return true
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, 500, false)
  })
  const taken = await Promise.race([once(socket, 'drain').then(() => true), late])
  clearTimeout(timer)
  return taken
}

/** Writes `SIZE` bytes to a peer that reads nothing until the way is full, and then everything. */
async function pour(options: {
  readonly to: Socket
  readonly make: (piece: Buffer, index: number) => Buffer
  readonly reader: Socket
  readonly t: { ok(value: boolean, message: string): boolean }
}): Promise<void> {
  const { to, make, reader, t } = options
  const before = memoryInUse()
  reader.pause()
  let written = 0
  let most = 0
  for (let index = 0; written < SIZE; index++) {
    written += PIECE.length
    if (!(await isTaken(to, make(PIECE, index))) && reader.isPaused()) {
      t.ok(written < SIZE / 2, `the writer was held back after ${written} bytes`)
      t.ok(memoryInUse() - before < MOST, 'a stalled reader costs little memory')
      reader.resume()
      if (to.writableNeedDrain) await once(to, 'drain')
    }
    if (index % 40 === 0) most = Math.max(most, memoryInUse() - before)
  }
  t.ok(!reader.isPaused(), 'the way was full once')
  t.ok(most < MOST, `at most ${most} bytes were in use`)
}

test('100 MiB up: the sender is held back by a listener that stalls, memory stays constant', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  for (const framing of [`Content-Length: ${SIZE}`, 'Transfer-Encoding: chunked']) {
    const isChunked = framing.startsWith('Transfer')
    const sender = await sendRequest(t, relay, 'POST /open HTTP/1.1', { headers: [framing] })
    // The relay waits for a chunked body before it decides how it goes.
    if (isChunked) sender.socket.write(chunk(PIECE))
    const rendezvous = await listener.dial((await listener.next()).request)
    const { request } = JSON.parse((await rendezvous.frame()).payload.toString())
    const counter = countOnly(rendezvous)
    const make = isChunked ? chunk : (piece: Buffer) => piece
    await pour({ to: sender.socket, make, reader: rendezvous.socket, t })
    if (isChunked) sender.socket.write('0\r\n\r\n')
    await counter.atLeast(SIZE)
    rendezvous.send(TEXT, responseText(request, { statusCode: 204 }))
    t.equal((await sender.head()).status, 204)
    sender.socket.destroy()
  }
})

test('100 MiB down: the listener is held back by a sender that stalls, memory stays constant', async (t) => {
  const relay = await startRelay(t)
  const listener = await listenHttp(t, relay)
  const sender = await sendRequest(t, relay, 'GET /open HTTP/1.1')
  const { request } = await listener.next()
  const rendezvous = await listener.dial(request)
  rendezvous.send(TEXT, responseText(request, {}, true))
  t.equal((await sender.head()).status, 200)
  const counter = countOnly(sender)
  const first = clientFrame(BINARY, PIECE, { fin: false })
  const next = clientFrame(CONTINUATION, PIECE, { fin: false })
  await pour({
    to: rendezvous.socket,
    make: (_piece, index) => (index === 0 ? first : next),
    reader: sender.socket,
    t,
  })
  rendezvous.send(CONTINUATION, '')
  await counter.atLeast(SIZE)
})

function chunk(piece: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ])
}
