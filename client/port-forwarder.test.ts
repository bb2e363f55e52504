import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { Dialer } from './dialer.ts'
import type { FrameSocket } from './frame-socket.ts'
import { type PortForwarder, type TunnelSource, forwardPort } from './port-forwarder.ts'
import { type RawRelay, startRawRelay } from './testing/raw-relay.ts'
import { BINARY, CLOSE, closePayload, serverFrame } from './testing/server-frames.ts'

type Open = (signal: AbortSignal | undefined) => Promise<FrameSocket>

/** A forwarder whose tunnels are opened by `open`. */
async function forwarderTo(t: Test, open: Open): Promise<PortForwarder> {
  const sender: TunnelSource = { openTunnel: ({ signal }) => open(signal) }
  const forwarder = await forwardPort({ sender, host: '127.0.0.1', port: 0 })
  t.teardown(() => forwarder.close())
  return forwarder
}

/** A relay in clear text, and what opens tunnels to it. */
async function startRelay(t: Test): Promise<{ readonly relay: RawRelay; readonly open: Open }> {
  const relay = await startRawRelay(t)
  const dialer = new Dialer({ isPlainAllowed: true })
  const open: Open = async (signal) => {
    const options = { signal, timeoutMs: 5_000, reusesReads: true }
    return (await dialer.dial(relay.url, options)).frames
  }
  return { relay, open }
}

async function dial(t: Test, forwarder: PortForwarder): Promise<Socket> {
  const socket = connect({ ...forwarder.address, allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

test('bytes pass both ways, and one direction ends without the other', async (t) => {
  const { relay, open } = await startRelay(t)
  const forwarder = await forwarderTo(t, open)
  const socket = await dial(t, forwarder)
  socket.end('question')
  const far = await relay.next()
  const frames = await far.until((all) => all.some(({ firstByte }) => firstByte === CLOSE))
  t.equal(frames[0]?.payload.toString(), 'question')
  far.socket.end(Buffer.concat([serverFrame(BINARY, 'answer'), serverFrame(CLOSE)]))
  t.equal(String(await buffer(socket)), 'answer')
})

test('a tunnel that cannot be opened resets the connection and is reported', async (t) => {
  const forwarder = await forwarderTo(t, () => Promise.reject(new Error('nobody listens')))
  const fault = once(forwarder, 'fault')
  const socket = connect(forwarder.address)
  const [error] = (await once(socket, 'close').catch((reason: unknown) => [reason])) as [
    NodeJS.ErrnoException,
  ]
  t.equal(error.code, 'ECONNRESET')
  t.match(await fault, [{ message: 'nobody listens' }])
})

test('a connection that is reset while its tunnel is being opened ends the attempt, and is no fault', async (t) => {
  let begin = (_signal: AbortSignal) => {}
  const begun = new Promise<AbortSignal>((resolve) => (begin = resolve))
  const forwarder = await forwarderTo(t, (signal) => {
    if (signal) begin(signal)
    return new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason as Error)),
    )
  })
  forwarder.on('fault', () => t.fail('nobody is at fault'))
  const socket = await dial(t, forwarder)
  const signal = await begun
  const aborted = once(signal, 'abort')
  socket.resetAndDestroy()
  await aborted
  t.equal(forwarder.open, 0)
})

test('what is sent while the tunnel is being opened is not lost, and an early end is no departure', async (t) => {
  const { relay, open } = await startRelay(t)
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const forwarder = await forwarderTo(t, (signal) => begun.then(() => open(signal)))
  const socket = await dial(t, forwarder)
  const early = 'early '.repeat(10_000)
  socket.end(early)
  await once(socket, 'finish')
  begin()
  const far = await relay.next()
  const frames = await far.until((all) => all.some(({ firstByte }) => firstByte === CLOSE))
  t.equal(Buffer.concat(frames.slice(0, -1).map(({ payload }) => payload)).toString(), early)
  far.socket.end(Buffer.concat([serverFrame(BINARY, 'answer'), serverFrame(CLOSE)]))
  t.equal(String(await buffer(socket)), 'answer')
})

test('a program that ends its side without a word before the tunnel is open is answered nevertheless', async (t) => {
  const { relay, open } = await startRelay(t)
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const forwarder = await forwarderTo(t, (signal) => begun.then(() => open(signal)))
  const socket = await dial(t, forwarder)
  socket.end()
  await once(socket, 'finish')
  begin()
  const far = await relay.next()
  const frames = await far.until((all) => all.some(({ firstByte }) => firstByte === CLOSE))
  t.equal(frames.length, 1)
  far.socket.end(Buffer.concat([serverFrame(BINARY, 'banner'), serverFrame(CLOSE)]))
  t.equal(String(await buffer(socket)), 'banner')
})

test('a tunnel that breaks resets the connection and is reported', async (t) => {
  const { relay, open } = await startRelay(t)
  const forwarder = await forwarderTo(t, open)
  const fault = once(forwarder, 'fault')
  const socket = await dial(t, forwarder)
  const reset = once(socket, 'error')
  const far = await relay.next()
  far.socket.write(serverFrame(CLOSE, closePayload(1011, 'db.example:1 broke off')))
  t.match(await reset, [{ code: 'ECONNRESET' }])
  far.socket.end()
  t.match(await fault, [{ code: 'RELAY_CLOSED', message: /1011: db\.example:1 broke off/ }])
})

test('close cuts what is open and frees the port', async (t) => {
  const { relay, open } = await startRelay(t)
  const forwarder = await forwarderTo(t, open)
  const { address } = forwarder
  const socket = await dial(t, forwarder)
  socket.write('x')
  const far = await relay.next()
  await far.until((frames) => frames.length > 0)
  t.equal(forwarder.open, 1)
  const isCut = once(far.socket, 'close')
  await forwarder.close()
  await isCut
  t.equal(forwarder.open, 0)
  const again = createServer().listen(address.port, address.host)
  await once(again, 'listening')
  again.close()
})

test('a port that is taken rejects with the error of the system', async (t) => {
  const forwarder = await forwarderTo(t, () => Promise.reject(new Error('never')))
  const sender = { openTunnel: () => Promise.reject(new Error('never')) }
  await t.rejects(forwardPort({ sender, ...forwarder.address }), { code: 'EADDRINUSE' })
})
