import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'
import { type Duplex, PassThrough, duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import type { HybridStream } from './hybrid-stream.ts'
import { type PortForwarder, forwardPort } from './port-forwarder.ts'

/** A forwarder whose tunnels end at `far`; `connectTunnel` may fail instead. */
async function forwarderTo(t: Test, connectTunnel: () => Promise<Duplex>): Promise<PortForwarder> {
  const sender = { connect: () => connectTunnel() as Promise<HybridStream> }
  const forwarder = await forwardPort({ sender, host: '127.0.0.1', port: 0 })
  t.teardown(() => forwarder.close())
  return forwarder
}

async function dial(t: Test, forwarder: PortForwarder): Promise<Socket> {
  const socket = connect({ ...forwarder.address, allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

test('bytes pass both ways, and one direction ends without the other', async (t) => {
  const [near, far] = duplexPair()
  const forwarder = await forwarderTo(t, () => Promise.resolve(near))
  const socket = await dial(t, forwarder)
  socket.end('question')
  t.equal(String(await buffer(far.iterator({ destroyOnReturn: false }))), 'question')
  far.end('answer')
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

test('a tunnel that breaks resets the connection and is reported', async (t) => {
  const [near, far] = duplexPair()
  const arrived = once(far, 'data')
  const forwarder = await forwarderTo(t, () => Promise.resolve(near))
  const fault = once(forwarder, 'fault')
  const socket = await dial(t, forwarder)
  const reset = once(socket, 'error')
  socket.write('x')
  await arrived
  near.destroy(new Error('cut'))
  t.match(await reset, [{ code: 'ECONNRESET' }])
  t.match(await fault, [{ message: 'cut' }])
})

test('a connection that the program resets cuts its tunnel', async (t) => {
  const [near, far] = duplexPair()
  const arrived = once(far, 'data')
  const isCut = once(near, 'close').catch((error: unknown) => [error])
  const forwarder = await forwarderTo(t, () => Promise.resolve(near))
  forwarder.on('fault', () => {})
  const socket = await dial(t, forwarder)
  socket.write('x')
  await arrived
  socket.resetAndDestroy()
  await isCut
  t.equal(near.readableEnded, false)
})

test('a reader that stops stops the writer', async (t) => {
  const stuck = new PassThrough({ highWaterMark: 1024, allowHalfOpen: true })
  const forwarder = await forwarderTo(t, () => Promise.resolve(stuck))
  forwarder.on('fault', () => {})
  const socket = await dial(t, forwarder)
  socket.pause()
  const chunk = Buffer.alloc(64 * 1024)
  let written = 0
  while (socket.writableLength < 1024 * 1024 && written < 512 * 1024 * 1024) {
    socket.write(chunk)
    written += chunk.length
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.ok(written < 512 * 1024 * 1024, `it took ${written} bytes and no more`)
})

test('close cuts what is open and frees the port', async (t) => {
  const [near, far] = duplexPair()
  const arrived = once(far, 'data')
  const isCut = once(near, 'close')
  const forwarder = await forwarderTo(t, () => Promise.resolve(near))
  const { address } = forwarder
  const socket = await dial(t, forwarder)
  socket.write('x')
  await arrived
  t.equal(forwarder.open, 1)
  await forwarder.close()
  await isCut
  t.equal(forwarder.open, 0)
  const again = createServer().listen(address.port, address.host)
  await once(again, 'listening')
  again.close()
})

test('a port that is taken rejects with the error of the system', async (t) => {
  const forwarder = await forwarderTo(t, () => Promise.reject(new Error('never')))
  const sender = { connect: () => Promise.reject(new Error('never')) }
  await t.rejects(forwardPort({ sender, ...forwarder.address }), { code: 'EADDRINUSE' })
})
