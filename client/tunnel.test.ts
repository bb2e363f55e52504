import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { Dialer } from './dialer.ts'
import { ReadPlace } from './read-place.ts'
import { startRawRelay } from './testing/raw-relay.ts'
import { BINARY, CLOSE, TEXT, closePayload, serverFrame } from './testing/server-frames.ts'
import { type TunnelOptions, joinTunnel } from './tunnel.ts'

/** A tunnel between the relay's side of a connection and a TCP socket of ours, whose other end is `program`. */
async function openTunnel(t: Test, options: Omit<TunnelOptions, 'reads'> = {}) {
  const server = createServer({ allowHalfOpen: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const reads = new ReadPlace().forDialled()
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, onread: reads.onread })
  socket.pause().on('error', () => {})
  const [program] = (await once(server, 'connection')) as [Socket]
  program.on('error', () => {})
  const relays = await startRawRelay(t)
  const dialer = new Dialer({ isPlainAllowed: true })
  const { frames } = await dialer.dial(relays.url, { timeoutMs: 5_000, reusesReads: true })
  const relay = await relays.next()
  const whenGone = joinTunnel(socket, frames, { ...options, reads }).then(
    () => 'in order',
    ({ message }: Error) => message,
  )
  t.teardown(() => {
    program.destroy()
    frames.destroy()
  })
  return { program, relay, whenGone }
}

const isClosed = (frames: readonly { firstByte: number }[]) =>
  frames.some(({ firstByte }) => firstByte === CLOSE)

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', resolve))
}

test('a program that ends its side still reads the answer, and the tunnel ends when both have', async (t) => {
  const { program, relay, whenGone } = await openTunnel(t)
  program.end('question')
  const frames = await relay.until(isClosed)
  t.same(
    frames.map(({ payload }) => payload.toString('latin1')),
    ['question', closePayload(1000).toString('latin1')],
  )
  relay.socket.write(serverFrame(BINARY, 'ans'))
  relay.socket.write(
    Buffer.concat([serverFrame(TEXT, 'wer'), serverFrame(CLOSE, closePayload(1000))]),
  )
  t.equal(String(await buffer(program)), 'answer')
  relay.socket.end()
  t.equal(await whenGone, 'in order')
})

test('the other side may end first, and still gets what the program says', async (t) => {
  const { program, relay, whenGone } = await openTunnel(t)
  relay.socket.write(Buffer.concat([serverFrame(BINARY, 'banner'), serverFrame(CLOSE)]))
  t.equal(String(await buffer(program.iterator({ destroyOnReturn: false }))), 'banner')
  program.end('late')
  const frames = await relay.until(isClosed)
  t.equal(frames[0]?.payload.toString(), 'late')
  relay.socket.end()
  t.equal(await whenGone, 'in order')
})

test('a reset of the program cuts the connection, or closes it with the reason there is', async (t) => {
  const silent = await openTunnel(t)
  silent.program.resetAndDestroy()
  await closed(silent.relay.socket)
  t.same(silent.relay.frames(), [])
  t.match(await silent.whenGone, /ECONNRESET/)

  const telling = await openTunnel(t, { tell: (fault) => `it says ${fault?.message}` })
  telling.program.resetAndDestroy()
  const [close] = await telling.relay.until(isClosed)
  t.equal(close?.payload.readUInt16BE(0), 1011)
  t.match(close?.payload.toString('utf8', 2), /^it says \w+ ECONNRESET/)
  telling.relay.socket.write(serverFrame(CLOSE, closePayload(1011)))
  await closed(telling.relay.socket)
  t.match(await telling.whenGone, /ECONNRESET/)
})

test('a cut, a FIN without a Close, and a Close with another code than 1000 reset the program', async (t) => {
  const endings: [string, (relay: Socket) => void, RegExp][] = [
    ['cut', (relay) => relay.resetAndDestroy(), /connection broke|ECONNRESET/],
    ['FIN', (relay) => relay.end(), /without a Close/],
    [
      '1011',
      (relay) => relay.write(serverFrame(CLOSE, closePayload(1011, 'db is down'))),
      /1011: db is down/,
    ],
  ]
  for (const [name, end, fault] of endings) {
    const { program, relay, whenGone } = await openTunnel(t)
    program.resume()
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => program.once('error', resolve))
    end(relay.socket)
    t.match(await failed, { code: 'ECONNRESET' }, name)
    relay.socket.end()
    t.match(await whenGone, fault, name)
  }
})

test('a cut after one side has ended is a cut all the same', async (t) => {
  const { program, relay, whenGone } = await openTunnel(t)
  relay.socket.write(serverFrame(CLOSE, closePayload(1000)))
  await buffer(program.iterator({ destroyOnReturn: false }))
  program.resetAndDestroy()
  await closed(relay.socket)
  t.same(relay.frames(), [])
  t.match(await whenGone, /ECONNRESET/)
})

test('memory that is read into again and again never changes what waits for a slow program', async (t) => {
  const { program, relay } = await openTunnel(t)
  const [sent, received] = [createHash('sha256'), createHash('sha256')]
  const total = 24 * 1024 * 1024
  let arrived = 0
  const done = new Promise<void>((resolve) =>
    program.on('data', (chunk: Buffer) => {
      received.update(chunk)
      arrived += chunk.length
      if (arrived === total) resolve()
      program.pause()
      setImmediate(() => program.resume())
    }),
  )
  for (let written = 0; written < total;) {
    const payload = randomBytes(Math.min(total - written, 1 + (written % 200_003)))
    sent.update(payload)
    written += payload.length
    if (!relay.socket.write(serverFrame(BINARY, payload))) await once(relay.socket, 'drain')
  }
  await done
  t.equal(received.digest('hex'), sent.digest('hex'))
})

test('a program that does not read stops the relay, and a relay that does not read stops the program', async (t) => {
  const total = 32 * 1024 * 1024
  const down = await openTunnel(t)
  down.program.pause()
  const block = serverFrame(BINARY, Buffer.alloc(65_536))
  for (let sent = 0; sent < total; sent += 65_536) down.relay.socket.write(block)
  const up = await openTunnel(t)
  up.relay.socket.pause()
  for (let sent = 0; sent < total; sent += 65_536) up.program.write(Buffer.alloc(65_536))
  // As much as each could have moved goes through a third one, in the same process and at the same time.
  const free = await openTunnel(t)
  for (let sent = 0; sent < total; sent += 65_536) free.relay.socket.write(block)
  let arrived = 0
  for await (const chunk of free.program.iterator({ destroyOnReturn: false })) {
    arrived += (chunk as Buffer).length
    if (arrived === total) break
  }
  t.ok(down.relay.socket.writableLength > 0, 'the relay still has some of it')
  t.ok(up.program.writableLength > 0, 'and so has the program')
})

test('any stream of bytes may be the local side', async (t) => {
  const relays = await startRawRelay(t)
  const dialer = new Dialer({ isPlainAllowed: true })
  const { frames } = await dialer.dial(relays.url, { timeoutMs: 5_000, reusesReads: true })
  const { socket } = await relays.next()
  const [near, far] = duplexPair()
  const whenGone = joinTunnel(near, frames)
  socket.write(Buffer.concat([serverFrame(BINARY, 'over stdio'), serverFrame(CLOSE)]))
  far.end('')
  t.equal(String(await buffer(far)), 'over stdio')
  socket.end()
  await whenGone
})
