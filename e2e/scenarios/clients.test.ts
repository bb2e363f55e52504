import { createRequire } from 'node:module'
import { once } from 'node:events'
import { test, type Test } from 'tap'
import WebSocket from 'ws'
import { listen } from '../harness/listener.ts'
import { startProgram } from '../harness/program.ts'
import { type TestRelay, keyOf, startRelay } from '../harness/relay.ts'

const require = createRequire(import.meta.url)

/** What the tests ask of any WebSocket client, whatever its own shape. */
type Client = {
  readonly opened: Promise<string>
  send(data: string | Buffer): void
  /** Resolves with the next message. */
  next(): Promise<string | Buffer>
  close(code: number, reason: string): void
  readonly closed: Promise<{ code: number; reason: string }>
}
type Dial = (url: string, protocols: string[], ca: string) => Client

/** The part of `faye-websocket` and of `websocket`'s W3C client that is used here: neither has types. */
type W3cSocket = {
  protocol: string
  binaryType: string
  onopen: () => void
  onmessage: (event: { data: string | Buffer | ArrayBuffer }) => void
  onclose: (event: { code: number; reason: string }) => void
  onerror: () => void
  send(data: string | Buffer): void
  close(code: number, reason: string): void
}
type W3cConstructor = new (url: string, protocols: string[], ...options: unknown[]) => W3cSocket

function fromW3c(socket: W3cSocket): Client {
  const messages = queue<string | Buffer>()
  socket.onmessage = ({ data }) =>
    messages.put(data instanceof ArrayBuffer ? Buffer.from(data) : data)
  socket.onerror = () => {}
  return {
    opened: new Promise((resolve) => {
      socket.onopen = () => resolve(socket.protocol)
    }),
    closed: new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => resolve({ code, reason })
    }),
    next: messages.take,
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  }
}

const CLIENTS: Record<string, Dial> = {
  ws(url, protocols, ca) {
    const socket = new WebSocket(url, protocols, { ca })
    const messages = queue<string | Buffer>()
    socket.on('message', (data: Buffer, isBinary) =>
      messages.put(isBinary ? data : data.toString()),
    )
    return {
      opened: once(socket, 'open').then(() => socket.protocol),
      closed: once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) })),
      next: messages.take,
      send: (data) => socket.send(data),
      close: (code, reason) => socket.close(code, reason),
    }
  },
  'faye-websocket'(url, protocols, ca) {
    const { Client: Faye } = require('faye-websocket') as { Client: W3cConstructor }
    return fromW3c(new Faye(url, protocols, { tls: { ca } }))
  },
  websocket(url, protocols, ca) {
    const { w3cwebsocket: W3c } = require('websocket') as { w3cwebsocket: W3cConstructor }
    return fromW3c(new W3c(url, protocols, undefined, {}, { ca }))
  },
}

function queue<Item>() {
  const items: Item[] = []
  let wake = () => {}
  return {
    put(item: Item) {
      items.push(item)
      wake()
    },
    take: async (): Promise<Item> => {
      while (items.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return items.shift()!
    },
  }
}

async function meet(t: Test, relay: TestRelay, dialSender: Dial, dialListener: Dial) {
  const listener = await listen(t, relay, 'open', { port: 'tls' })
  const sender = dialSender(relay.url('open'), ['chat', 'other'], relay.caPem)
  const { address, connectHeaders } = await listener.next()
  t.match(connectHeaders['Sec-WebSocket-Protocol'], /^chat, ?other$/)
  const rendezvous = dialListener(address, ['chat'], relay.caPem)
  t.strictSame(await Promise.all([sender.opened, rendezvous.opened]), ['chat', 'chat'])
  return { sender, rendezvous }
}

for (const [senderName, dialSender] of Object.entries(CLIENTS)) {
  for (const [listenerName, dialListener] of Object.entries(CLIENTS)) {
    test(`${senderName} sends and ${listenerName} accepts, over TLS and with a sub-protocol`, async (t) => {
      const relay = await startRelay(t)
      const { sender, rendezvous } = await meet(t, relay, dialSender, dialListener)
      const large = Buffer.alloc(500_000, 'both ways')
      for (const [from, to] of [
        [sender, rendezvous],
        [rendezvous, sender],
      ] as const) {
        from.send('Grüße')
        t.equal(await to.next(), 'Grüße')
        from.send(large)
        t.ok(large.equals((await to.next()) as Buffer))
      }
      sender.close(4001, 'enough')
      t.strictSame(await rendezvous.closed, { code: 4001, reason: 'enough' })
      // What the sender gets back is the other client's own answer; that of `websocket` is always 1000.
      t.ok([1000, 4001].includes((await sender.closed).code))
    })
  }
}

test('a sender that offers sub-protocols of which none is chosen is told so by its own client', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open', { port: 'tls' })
  const sender = new WebSocket(relay.url('open'), ['chat'], { ca: relay.caPem })
  const failed = once(sender, 'error').catch((error: unknown) => [error])
  const { address } = await listener.next()
  const rendezvous = new WebSocket(address, { ca: relay.caPem })
  rendezvous.on('error', () => {})
  t.teardown(() => rendezvous.terminate())
  t.match((await failed)[0], { message: 'Server sent no subprotocol' })
})

test('unmodified hyco-ws accepts with the first sub-protocol, also when compression was offered', async (t) => {
  const relay = await startRelay(t)
  const listener = startProgram(
    t,
    'hyco-ws-listener.mjs',
    [
      relay.url('open', { 'sb-hc-action': 'listen' }),
      'RootManageSharedAccessKey',
      keyOf(relay.server, 'RootManageSharedAccessKey'),
    ],
    relay.caFile,
  )
  await listener.next('listening')
  for (const [name, dial] of Object.entries(CLIENTS)) {
    const sender = dial(relay.url('open'), ['chat', 'other'], relay.caPem)
    t.equal(await sender.opened, 'chat', name)
    sender.send('echo')
    t.equal(await sender.next(), 'echo', name)
    sender.close(1000, '')
    await sender.closed
  }
})
