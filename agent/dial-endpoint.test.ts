import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { test } from 'tap'
import { ReadPlace } from '../client/read-place.ts'
import { parseConnectTo } from './connect-to.ts'
import { dialEndpoint } from './dial-endpoint.ts'

const OPTIONS = { connectTo: [], timeoutMs: 5_000 }

test('an endpoint is dialled where --connect-to leads, and names under .example never reach DNS', async (t) => {
  const server = createServer((socket) => socket.end('hello'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const connectTo = [parseConnectTo(`db.onprem.example:5432:127.0.0.1:${port}`)]
  const { socket, reads } = await dialEndpoint(
    { host: 'db.onprem.example', port: 5432 },
    { ...OPTIONS, connectTo, place: new ReadPlace() },
  )
  const greeting = new Promise<string>((resolve) => {
    reads!.consume = (chunk) => resolve(chunk.toString())
  })
  socket.resume()
  t.equal(await greeting, 'hello')
  socket.destroy()
  for (const host of ['db.onprem.example', 'example', 'X.EXAMPLE.']) {
    const options = { ...OPTIONS, connect: () => t.fail('it was dialled') as never }
    await t.rejects(dialEndpoint({ host, port: 1 }, options), { code: 'HCM_NAME_RESERVED' })
  }
})

test('a closed port and a name without address are told apart', async (t) => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await t.rejects(dialEndpoint({ host: '127.0.0.1', port }, OPTIONS), {
    code: 'ECONNREFUSED',
    message: `127.0.0.1:${port} cannot be reached: nothing listens there (ECONNREFUSED)`,
  })
  const connect = ((options: { host: string }) => {
    const socket = new Socket()
    const error = Object.assign(new Error(`getaddrinfo ${options.host}`), { code: 'ENOTFOUND' })
    queueMicrotask(() => socket.destroy(error))
    return socket
  }) as never
  await t.rejects(dialEndpoint({ host: 'nowhere.corp', port: 1 }, { ...OPTIONS, connect }), {
    code: 'ENOTFOUND',
    message: 'nowhere.corp:1 cannot be reached: the name does not resolve (ENOTFOUND)',
  })
})

test('an endpoint that does not answer is given up, and so is a dial whose sender left', async (t) => {
  const sockets: Socket[] = []
  const connect = (() => {
    const socket = new Socket()
    sockets.push(socket)
    return socket
  }) as never
  const target = { host: '10.255.255.1', port: 1 }
  await t.rejects(dialEndpoint(target, { connectTo: [], timeoutMs: 5, connect }), {
    code: 'ETIMEDOUT',
    message: '10.255.255.1:1 did not answer within 5 ms (ETIMEDOUT)',
  })
  const leaving = new AbortController()
  const dial = dialEndpoint(target, { ...OPTIONS, connect, signal: leaving.signal })
  leaving.abort(new Error('the sender left'))
  await t.rejects(dial, { message: 'the sender left' })
  t.strictSame(
    sockets.map(({ destroyed }) => destroyed),
    [true, true],
  )
})

test('every address of a name is tried', async (t) => {
  const server = createServer((socket) => socket.end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  // Most resolvers give ::1 first, where nobody listens.
  const { socket } = await dialEndpoint({ host: 'db.localhost', port }, OPTIONS)
  t.equal(socket.remoteAddress, '127.0.0.1')
  socket.destroy()
})
