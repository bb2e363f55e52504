import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { test } from 'tap'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { closePayload } from '../../server/relay/splice.ts'
import { callAdmin, connectionsOf, factsOf, listenersOf } from '../harness/facts.ts'
import { type Accept, listen, openPair } from '../harness/listener.ts'
import { type RawPeer, openUpgrade } from '../harness/raw-peer.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

type Scope = Parameters<typeof openUpgrade>[0]

/** A relay, and every fault it did not expect. */
async function watched(t: Scope): Promise<{ relay: TestRelay; faults: string[] }> {
  const faults: string[] = []
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      faults.push(line.toString())
      done()
    },
  })
  return { relay: await startRelay(t, { logger: pino({ level: 'error' }, stream) }), faults }
}

const ROUNDS = 60

/** What may happen at the moment a listener dials. Each gets the sender, the offer and the round. */
const RACES: Record<string, (race: Race) => unknown> = {
  'the sender ends': ({ sender }) => sender.socket.end(),
  'the sender vanishes': ({ sender }) => sender.reset(),
  'the sender breaks the protocol': ({ sender }) => sender.socket.write(Buffer.from([1, 2, 3])),
  'the sender closes': ({ sender }) => sender.send(OPCODE.close, closePayload(1000, '')),
  'the control channel ends': ({ listener }) => listener.socket.terminate(),
  'the rendezvous vanishes': ({ rendezvous }) => rendezvous.reset(),
  'the connection is closed through the API': async ({ relay }) => {
    const [row] = await connectionsOf(relay)
    await callAdmin(relay, 'DELETE', `connections/${row?.id}`).catch(() => {})
  },
  'the address is dialled twice': async ({ t, listener, accept }) => {
    await listener.join({}, accept).then((second) => t.teardown(() => second.reset()))
  },
  'the listener rejects as well': async ({ t, relay, accept }) => {
    const target = accept.address.replace(/^ws:\/\/[^/]*/, '')
    await openUpgrade(t, relay, `${target}&sb-hc-statusCode=400&sb-hc-statusDescription=no`)
  },
}
type Race = {
  readonly t: Scope
  readonly relay: TestRelay
  readonly sender: RawPeer
  readonly rendezvous: RawPeer
  readonly listener: Awaited<ReturnType<typeof listen>>
  readonly accept: Accept
}

for (const [name, strike] of Object.entries(RACES)) {
  test(`at the moment the listener dials, ${name}: no fault, and nothing stays`, async (t) => {
    const { relay, faults } = await watched(t)
    for (let round = 0; round < ROUNDS / Object.keys(RACES).length; round++) {
      const listener = await listen(t, relay, 'open')
      const sender = await openUpgrade(t, relay, '/$hc/open')
      const accept = await listener.next()
      // Both are on their way before either has arrived.
      const rendezvous = await listener.join({}, accept)
      const struck = strike({ t, relay, sender, rendezvous, listener, accept })
      const answer = await rendezvous.head().catch(() => undefined)
      t.ok(
        answer === undefined ||
          answer.status === 101 ||
          answer.status === 403 ||
          answer.status === 410,
      )
      await struck
      sender.reset()
      rendezvous.reset()
      listener.socket.terminate()
    }
    await factsOf(relay, 'listenerDisconnected', Math.ceil(ROUNDS / Object.keys(RACES).length))
    while ((await connectionsOf(relay)).some(({ endedMs }) => endedMs === null));
    t.strictSame(faults, [])
    t.strictSame(
      (await listenersOf(relay)).filter(({ ended }) => !ended),
      [],
    )
  })
}

test('ended connections and listeners stay listed and hold no socket', async (t) => {
  const sockets: WeakRef<Socket>[] = []
  const onSocket = (message: unknown) =>
    void sockets.push(new WeakRef((message as { socket: Socket }).socket))
  subscribe('net.server.socket', onSocket)
  t.teardown(() => unsubscribe('net.server.socket', onSocket))
  const relay = await startRelay(t)
  const rounds = 10
  for (let round = 0; round < rounds; round++) {
    const { sender, rendezvous, listener } = await openPair(t, relay)
    sender.send(OPCODE.close, closePayload(1000, ''))
    rendezvous.send(OPCODE.close, closePayload(1000, ''))
    await Promise.all([sender.over(), rendezvous.over()])
    listener.socket.close(1000)
    await listener.closed
    await (await openUpgrade(t, relay, '/$hc/open')).over()
  }
  await factsOf(relay, 'connectionClosed', rounds)
  t.equal((await connectionsOf(relay)).length, 2 * rounds)
  t.equal((await listenersOf(relay)).length, rounds)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const kept = () => sockets.filter((socket) => socket.deref() !== undefined).length
  for (let i = 0; i < 50 && kept() > rounds / 2; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  // Four sockets were opened per round; a few may still be on some stack, or kept open for the API.
  t.ok(sockets.length >= 4 * rounds)
  t.ok(kept() <= rounds / 2, `${kept()} of ${sockets.length} sockets are held`)
})
