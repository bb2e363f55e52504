import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Test, test } from 'tap'
import { Dialer } from '../client/dialer.ts'
import { type RawConnection, startRawRelay } from '../client/testing/raw-relay.ts'
import { BINARY, CLOSE, serverFrame } from '../client/testing/server-frames.ts'
import type { Endpoint } from '../protocol/user-metadata.ts'
import { type DialledEndpoint, dialEndpoint, EndpointError } from './dial-endpoint.ts'
import { Forwarder } from './forwarder.ts'
import { recordingLogger } from './testing/recording-logger.ts'

const ENDPOINT = { host: 'db.corp.example', port: 5432 }
const NEVER = new AbortController().signal

function forwarderWith(
  dial: (endpoint: Endpoint, signal: AbortSignal) => Promise<DialledEndpoint>,
) {
  const { logger, lines } = recordingLogger()
  return { forwarder: new Forwarder({ dial, logger }), lines }
}

/** A sender; two may have the same id, for it is the sender that chooses it. */
function offerOf() {
  return {
    id: 'c1',
    url: '/sql',
    headers: [],
    protocols: ['first', 'second'],
    remoteEndpoint: undefined,
  }
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

/** Serves senders over a relay in clear text; answers the relay's side of each connection. */
async function startServing(t: Test, forwarder: Forwarder) {
  const relay = await startRawRelay(t)
  const dialer = new Dialer({ isPlainAllowed: true })
  return async (offer: ReturnType<typeof offerOf>) => {
    const { frames } = await dialer.dial(relay.url, { timeoutMs: 5_000, reusesReads: true })
    t.teardown(() => frames.destroy())
    return { far: await relay.next(), served: forwarder.forward(frames, offer) }
  }
}

const isClosed = (frames: readonly { firstByte: number }[]) =>
  frames.some(({ firstByte }) => firstByte === CLOSE)

function whenCut({ socket }: RawConnection): Promise<void> {
  return new Promise((resolve) => socket.once('close', resolve))
}

const dialLocal = (port: number) => (_endpoint: Endpoint, signal: AbortSignal) =>
  dialEndpoint({ host: '127.0.0.1', port }, { connectTo: [], timeoutMs: 5_000, signal })

test('every sender has a connection of its own to the endpoint that is given, also with the same id', async (t) => {
  const asked: Endpoint[] = []
  const port = await listeningPort(t, (socket) => socket.pipe(socket))
  const { forwarder } = forwarderWith((endpoint, signal) => {
    asked.push(endpoint)
    return dialLocal(port)(endpoint, signal)
  })
  const offers = [offerOf(), offerOf()]
  for (const offer of offers) {
    t.same(await forwarder.meet(offer, ENDPOINT, NEVER), { accept: true, protocol: 'first' })
  }
  t.equal(forwarder.open, 2)
  const serve = await startServing(t, forwarder)
  for (const [index, offer] of offers.entries()) {
    const { far, served } = await serve(offer)
    const said = [serverFrame(BINARY, `sender ${index}`), serverFrame(CLOSE)]
    far.socket.write(Buffer.concat(said))
    const [echoed] = await far.until(isClosed)
    t.equal(echoed?.payload.toString(), `sender ${index}`)
    far.socket.end()
    await served
  }
  t.strictSame(asked, [ENDPOINT, ENDPOINT])
  t.equal(forwarder.open, 0)
})

test('an endpoint that is not reached rejects the sender with the reason, and the log says more', async (t) => {
  const { forwarder, lines } = forwarderWith(() =>
    Promise.reject(
      new EndpointError(
        'ETIMEDOUT',
        'db.corp.example:5432 (dialled as 10.0.0.5:5432)',
        'did not answer within 9 ms (ETIMEDOUT)',
      ),
    ),
  )
  t.same(await forwarder.meet(offerOf(), ENDPOINT, NEVER), {
    accept: false,
    status: 502,
    reason: 'db.corp.example:5432 did not answer within 9 ms (ETIMEDOUT)',
  })
  t.match(lines, [
    {
      level: 'warn',
      message: 'endpoint not reached',
      fields: {
        id: 'c1',
        endpoint: 'db.corp.example:5432',
        code: 'ETIMEDOUT',
        reason:
          'db.corp.example:5432 (dialled as 10.0.0.5:5432) did not answer within 9 ms (ETIMEDOUT)',
      },
    },
  ])
  t.equal(forwarder.open, 0)
})

test('an endpoint that breaks off before its first byte is told, after it the tunnel is cut', async (t) => {
  const sockets: Socket[] = []
  const port = await listeningPort(t, (socket) => void sockets.push(socket))
  const { forwarder } = forwarderWith(dialLocal(port))
  const serve = await startServing(t, forwarder)
  const open = async () => {
    const offer = offerOf()
    await forwarder.meet(offer, ENDPOINT, NEVER)
    return { ...(await serve(offer)), endpoint: sockets.at(-1) }
  }
  const first = await open()
  first.endpoint?.resetAndDestroy()
  const [close] = await first.far.until(isClosed)
  t.equal(
    close?.payload.toString('utf8', 2),
    'db.corp.example:5432 broke off: it cut the connection (ECONNRESET)',
  )
  first.far.socket.write(serverFrame(CLOSE))
  await first.served
  const second = await open()
  const cut = whenCut(second.far)
  second.endpoint?.write('half an answer')
  await second.far.until((frames) => frames.length > 0)
  second.endpoint?.resetAndDestroy()
  await Promise.all([cut, second.served])
  t.equal(second.far.frames().length, 1, 'no Close')
})

test('a sender that does not come ends the dial, or the connection that was made for it, without a warning', async (t) => {
  const closed: Promise<unknown>[] = []
  const port = await listeningPort(t, (socket) => {
    socket.resume()
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
  })
  const missed = new AbortController()
  const { forwarder, lines } = forwarderWith((endpoint, signal) =>
    closed.length === 0
      ? dialLocal(port)(endpoint, signal)
      : new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('given up'))),
        ),
  )
  await forwarder.meet(offerOf(), ENDPOINT, missed.signal)
  missed.abort()
  await closed[0]
  const late = new AbortController()
  const meeting = forwarder.meet(offerOf(), ENDPOINT, late.signal)
  late.abort()
  await t.rejects(meeting, { message: 'given up' })
  t.strictSame(
    lines.map(({ level }) => level),
    ['debug', 'debug'],
  )
  t.equal(forwarder.open, 0)
})

test('who waits for open tunnels is told when the last one is gone, and a cut ends them all', async (t) => {
  const port = await listeningPort(t, () => {})
  const { forwarder } = forwarderWith(dialLocal(port))
  const offers = [offerOf(), offerOf()]
  for (const offer of offers) await forwarder.meet(offer, ENDPOINT, NEVER)
  const serve = await startServing(t, forwarder)
  const served = await Promise.all(offers.map(serve))
  t.equal(forwarder.open, 2)
  const impatient = new AbortController()
  const givenUp = forwarder.idle(impatient.signal)
  impatient.abort()
  await givenUp
  t.equal(forwarder.open, 2)
  const idle = forwarder.idle(new AbortController().signal)
  forwarder.cut()
  await Promise.all([idle, ...served.map((each) => each.served)])
  t.equal(forwarder.open, 0)
})
