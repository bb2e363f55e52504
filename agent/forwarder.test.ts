import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Test, test } from 'tap'
import type { Endpoint } from '../protocol/user-metadata.ts'
import { dialEndpoint, EndpointError } from './dial-endpoint.ts'
import { Forwarder, type RelayedConnection } from './forwarder.ts'
import { recordingLogger } from './testing/recording-logger.ts'
import { readToEnd, streamPair, whenClosed } from './testing/stream-pair.ts'

const ENDPOINT = { host: 'db.corp.example', port: 5432 }

function forwarderWith(dial: (endpoint: Endpoint, signal: AbortSignal) => Promise<Socket>) {
  const { logger, lines } = recordingLogger()
  return { forwarder: new Forwarder({ dial, logger }), lines }
}

function relayed(near: Duplex): RelayedConnection {
  return Object.assign(near, { info: { id: 'c1' } })
}

async function listeningPort(t: Test, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    serve(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

test('every connection is dialled anew, at the endpoint it is given', async (t) => {
  const asked: Endpoint[] = []
  const port = await listeningPort(t, (socket) => socket.pipe(socket))
  const { forwarder } = forwarderWith((endpoint, signal) => {
    asked.push(endpoint)
    return dialEndpoint({ host: '127.0.0.1', port }, { connectTo: [], timeoutMs: 5_000, signal })
  })
  for (const word of ['one', 'two']) {
    const { near, far } = streamPair()
    const served = forwarder.forward(relayed(near), ENDPOINT)
    far.end(word)
    t.equal(await readToEnd(far), word)
    await served
  }
  t.strictSame(asked, [ENDPOINT, ENDPOINT])
  t.equal(forwarder.open, 0)
})

test('an endpoint that cannot be reached ends the connection, and the log says which and why', async (t) => {
  const { forwarder, lines } = forwarderWith(() =>
    Promise.reject(
      new EndpointError('ETIMEDOUT', 'db.corp.example:5432 did not answer within 9 ms'),
    ),
  )
  const { near, far } = streamPair()
  const cut = whenClosed(far)
  await forwarder.forward(relayed(near), ENDPOINT)
  await cut
  t.match(lines, [
    {
      level: 'warn',
      message: 'endpoint not reached',
      fields: {
        id: 'c1',
        endpoint: 'db.corp.example:5432',
        code: 'ETIMEDOUT',
        reason: 'db.corp.example:5432 did not answer within 9 ms',
      },
    },
  ])
})

test('a sender that leaves while its endpoint is dialled ends the dial without a warning', async (t) => {
  const { forwarder, lines } = forwarderWith(
    (_endpoint, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('given up'))),
      ),
  )
  const { near, far } = streamPair()
  const served = forwarder.forward(relayed(near), ENDPOINT)
  far.destroy()
  await served
  t.strictSame(
    lines.map(({ level }) => level),
    ['debug'],
  )
})

test('who waits for open tunnels is told when the last one is gone, and a cut ends them all', async (t) => {
  const port = await listeningPort(t, () => {})
  const { forwarder } = forwarderWith(() =>
    dialEndpoint({ host: '127.0.0.1', port }, { connectTo: [], timeoutMs: 5_000 }),
  )
  const pairs = [streamPair(), streamPair()]
  const served = pairs.map(({ near }) => forwarder.forward(relayed(near), ENDPOINT))
  t.equal(forwarder.open, 2)
  const impatient = new AbortController()
  const givenUp = forwarder.idle(impatient.signal)
  impatient.abort()
  await givenUp
  t.equal(forwarder.open, 2)
  const idle = forwarder.idle(new AbortController().signal)
  forwarder.cut()
  await Promise.all([idle, ...served])
  t.equal(forwarder.open, 0)
})
