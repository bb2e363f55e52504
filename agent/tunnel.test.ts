import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type Test, test } from 'tap'
import { readToEnd, streamPair, whenClosed } from './testing/stream-pair.ts'
import { joinTunnel } from './tunnel.ts'

/** A tunnel from `far` to the `endpoint` side of a TCP connection. */
async function openTunnel(t: Test) {
  const server = createServer({ allowHalfOpen: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const [endpoint] = (await once(server, 'connection')) as [Socket]
  endpoint.on('error', () => {})
  const { near, far } = streamPair()
  const whenGone = joinTunnel(near, socket)
  t.teardown(() => {
    endpoint.destroy()
    far.destroy()
  })
  return { endpoint, far, whenGone }
}

test('a client that ends its side still reads the answer, and the tunnel ends when both have', async (t) => {
  const { endpoint, far, whenGone } = await openTunnel(t)
  far.end('question')
  t.equal(await readToEnd(endpoint), 'question')
  endpoint.end('answer')
  t.equal(await readToEnd(far), 'answer')
  await whenGone
})

test('an endpoint that ends its side first still reads what the client sends', async (t) => {
  const { endpoint, far, whenGone } = await openTunnel(t)
  endpoint.end('banner')
  t.equal(await readToEnd(far), 'banner')
  far.end('late')
  t.equal(await readToEnd(endpoint), 'late')
  await whenGone
})

test('a reset of the endpoint cuts the relayed side', async (t) => {
  const { endpoint, far, whenGone } = await openTunnel(t)
  const cut = whenClosed(far)
  endpoint.resetAndDestroy()
  await cut
  t.match(far.errored, { message: 'cut' })
  await whenGone
})

test('a cut of the relayed side resets the endpoint', async (t) => {
  const { endpoint, far, whenGone } = await openTunnel(t)
  endpoint.resume()
  const failed = new Promise((resolve) => endpoint.once('error', resolve))
  far.destroy()
  t.match(await failed, { code: 'ECONNRESET' })
  await whenGone
})

test('a cut after one side has ended is a cut all the same', async (t) => {
  const { endpoint, far, whenGone } = await openTunnel(t)
  far.end()
  t.equal(await readToEnd(endpoint), '')
  far.resume()
  endpoint.resetAndDestroy()
  await whenClosed(far)
  t.match(far.errored, { message: 'cut' })
  await whenGone
})
