import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'tap'
import WebSocket from 'ws'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { closePayload } from '../../server/relay/splice.ts'
import type { UsageReport } from '../../server/dashboard/contract.ts'
import { callAdmin, connectionsOf, factOf, factsOf } from '../harness/facts.ts'
import { type Accept, listen, openPair } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const CLIENT = { perMessageDeflate: true } as const

/** A `ws` on either end of a tunnel of the anonymous entity. */
async function wsPair(
  relay: TestRelay,
  accepted: Promise<string>,
  url: string,
  protocols: string[] = [],
) {
  const trust = { ca: relay.caPem, ...CLIENT }
  const sender = new WebSocket(url, protocols, trust)
  const rendezvous = new WebSocket(await accepted, protocols.slice(0, 1), trust)
  await Promise.all([once(sender, 'open'), once(rendezvous, 'open')])
  return { sender, rendezvous }
}

for (const port of ['plain', 'tls'] as const) {
  const url = (relay: TestRelay) =>
    port === 'tls' ? relay.url('open') : `ws://localhost:${relay.plainPort}/$hc/open`

  test(`ws closes with its code and reason through the tunnel, in both directions, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const listener = await listen(t, relay, 'open', { port })
    for (const [code, reason] of [
      [1000, 'done'],
      [1011, ''],
      [4999, 'own code'],
    ] as const) {
      for (const closer of ['sender', 'rendezvous'] as const) {
        const accepted = listener.next().then(({ address }) => address)
        const pair = await wsPair(relay, accepted, url(relay), ['chat', 'other'])
        t.equal(pair.sender.protocol, 'chat')
        t.equal(pair.sender.extensions, '')
        const ends = [pair.sender, pair.rendezvous].map((socket) => once(socket, 'close'))
        pair[closer].close(code, reason)
        for (const [gotCode, gotReason] of await Promise.all(ends)) {
          t.strictSame([gotCode, String(gotReason)], [code, reason])
        }
      }
    }
    const [row] = await connectionsOf(relay)
    t.match(row, { closedBy: 'listener', means: 'close', code: 4999, reason: 'own code' })
  })

  test(`a pair of raw peers goes through half-close, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const { sender, rendezvous } = await openPair(t, relay, port)
    sender.send(OPCODE.close, closePayload(1000, 'Shutdown'))
    t.match(await rendezvous.frame(), { opcode: OPCODE.close })
    const size = 3 * 1024 * 1024
    rendezvous.send(OPCODE.binary, Buffer.alloc(size, 1))
    t.equal((await sender.frame()).payload.length, size)
    rendezvous.send(OPCODE.close, closePayload(1000, ''))
    t.match(await sender.frame(), { opcode: OPCODE.close })
    await Promise.all([sender.ended, rendezvous.ended])
    sender.socket.end()
    rendezvous.socket.end()
    await factOf(relay, 'connectionClosed')
    t.match(await connectionsOf(relay), [
      {
        phase: 'closed',
        closedBy: 'sender',
        means: 'close',
        code: 1000,
        reason: 'Shutdown',
        bytesToSender: size,
      },
    ])
  })

  test(`an end without Close ends the other side in order, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const { sender, rendezvous } = await openPair(t, relay, port)
    sender.send(OPCODE.text, 'last words')
    sender.socket.end()
    t.equal((await rendezvous.frame()).payload.toString(), 'last words')
    await rendezvous.ended
    t.equal(rendezvous.pendingFrameBytes, 0, 'no Close frame was made up')
    rendezvous.socket.end()
    await factOf(relay, 'connectionClosed')
    t.match(await connectionsOf(relay), [{ closedBy: 'sender', means: 'fin', code: null }])
  })

  test(`a peer that vanishes takes the other one with it, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const { sender, rendezvous } = await openPair(t, relay, port)
    rendezvous.reset()
    await sender.over()
    t.equal(sender.pendingFrameBytes, 0, 'no Close frame was made up, relay-protocol 4.7.6')
    await factOf(relay, 'connectionClosed')
    t.match(await connectionsOf(relay), [{ phase: 'closed', closedBy: 'listener' }])
  })

  test(`a frame of 70 MiB passes whole, ${port}`, async (t) => {
    const relay = await startRelay(t)
    const { sender, rendezvous } = await openPair(t, relay, port)
    const payload = Buffer.alloc(70 * 1024 * 1024, 'seventy')
    sender.send(OPCODE.binary, payload)
    const frame = await rendezvous.frame()
    const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    t.equal(sha(frame.payload), sha(payload))
  })
}

test('a client on Jetty gets a long frame in pieces that it takes, anybody else as it came', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const sender = await openUpgrade(t, relay, '/$hc/open')
  const rendezvous = await listener.join({ headers: { 'User-Agent': 'Jetty/9.4.57.v20241219' } })
  await Promise.all([sender.head(), rendezvous.head()])
  sender.send(OPCODE.binary, Buffer.alloc(70_000, 1))
  const shapeOf = async (peer: typeof sender) => {
    const { opcode, fin, payload } = await peer.frame()
    return [opcode, fin, payload.length]
  }
  t.strictSame(await shapeOf(rendezvous), [OPCODE.binary, false, 65_536])
  t.strictSame(await shapeOf(rendezvous), [OPCODE.continuation, true, 70_000 - 65_536])
  rendezvous.send(OPCODE.binary, Buffer.alloc(70_000, 1))
  t.strictSame(await shapeOf(sender), [OPCODE.binary, true, 70_000])
})

test('66,000 fragments of one byte pass one by one', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay)
  const count = 66_000
  for (let i = 0; i < count; i++) {
    const opcode = i === 0 ? OPCODE.text : OPCODE.continuation
    rendezvous.send(opcode, Buffer.from([97 + (i % 26)]), { fin: i === count - 1 })
  }
  for (let i = 0; i < count; i++) {
    const { fin, payload } = await sender.frame()
    if (payload.length !== 1 || payload[0] !== 97 + (i % 26) || fin !== (i === count - 1)) {
      t.fail(`fragment ${i}`)
    }
  }
})

test('each leg answers its own pings and passes none on', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay)
  sender.send(OPCODE.ping, 'a')
  rendezvous.send(OPCODE.ping, 'b')
  t.match(await sender.frame(), { opcode: OPCODE.pong, payload: Buffer.from('a') })
  t.match(await rendezvous.frame(), { opcode: OPCODE.pong, payload: Buffer.from('b') })
  rendezvous.send(OPCODE.text, 'next')
  t.match(await sender.frame(), { opcode: OPCODE.text })
})

test('100 senders connect at once and each has its own tunnel, relay-protocol 4.7.8', async (t) => {
  const relay = await startRelay(t)
  const listener = await listen(t, relay, 'open')
  const count = 100
  const senders = await Promise.all(
    Array.from({ length: count }, (_, i) => openUpgrade(t, relay, `/$hc/open/${i}`)),
  )
  const accepts: Accept[] = []
  while (accepts.length < count) accepts.push(await listener.next())
  await Promise.all(
    accepts.map(async (accept) => {
      const rendezvous = await listener.join({}, accept)
      await rendezvous.head()
      rendezvous.send(OPCODE.text, new URL(accept.address).pathname)
    }),
  )
  for (const [i, sender] of senders.entries()) {
    t.equal((await sender.head()).status, 101)
    t.equal((await sender.frame()).payload.toString(), `/$hc/open/${i}`)
  }
  await factsOf(relay, 'connectionOpened', count)
  t.equal((await connectionsOf(relay)).filter(({ phase }) => phase === 'open').length, count)
})

test('a breach of RFC 6455 closes the offender with 1002 and the other side with 1011', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay, 'tls')
  sender.socket.write(Buffer.from([0x81, 0x01, 0x41]))
  const own = await sender.frame()
  const other = await rendezvous.frame()
  t.strictSame([own.opcode, own.payload.readUInt16BE(0)], [OPCODE.close, 1002])
  t.strictSame([other.opcode, other.payload.readUInt16BE(0)], [OPCODE.close, 1011])
  await Promise.all([sender.ended, rendezvous.ended])
})

for (const stalled of ['sender', 'rendezvous'] as const) {
  for (const port of ['plain', 'tls'] as const) {
    test(`a ${stalled} that does not read holds its peer back and fills no memory, ${port}`, async (t) => {
      const relay = await startRelay(t)
      const pair = await openPair(t, relay, port)
      const writer = stalled === 'sender' ? pair.rendezvous : pair.sender
      const reader = pair[stalled]
      reader.socket.pause()
      const payload = Buffer.alloc(256 * 1024, 7)
      let written = 0
      while (written < 64 && writer.socket.writableLength < 2 * 1024 * 1024) {
        writer.send(OPCODE.binary, payload)
        written++
        await new Promise((resolve) => setImmediate(resolve))
      }
      t.ok(written < 64, `held back after ${written} frames`)
      const { items } = (await callAdmin(relay, 'GET', 'usage')) as UsageReport
      const taken = items.reduce((sum, { bytes }) => sum + bytes, 0)
      t.ok(taken > 0)
      t.ok(taken < written * payload.length, 'the relay has stopped reading')
      reader.socket.resume()
      for (let i = 0; i < written; i++) {
        if (!(await reader.frame()).payload.equals(payload)) t.fail(`frame ${i}`)
      }
    })
  }
}

test('a connection closed through the API says so on both sides', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay)
  const [row] = await connectionsOf(relay)
  await callAdmin(relay, 'DELETE', `connections/${row?.id}`)
  for (const peer of [sender, rendezvous]) {
    const { opcode, payload } = await peer.frame()
    t.strictSame([opcode, payload.readUInt16BE(0)], [OPCODE.close, 1011])
    peer.socket.end()
  }
  await factOf(relay, 'connectionClosed')
  t.match(await connectionsOf(relay), [{ phase: 'closed', closedBy: 'relay', code: 1011 }])
})

test('a deleted entity closes listener, rendezvous and sender with 1001, and a waiting sender gets 404', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous, listener } = await openPair(t, relay)
  const waiting = await openUpgrade(t, relay, '/$hc/open')
  await listener.next()
  const [namespace] = relay.server.namespaces
  await callAdmin(relay, 'DELETE', `namespaces/${namespace?.name}/hybridConnections/open`)
  t.match(await listener.closed, { code: 1001, reason: /TrackingId:/ })
  for (const peer of [sender, rendezvous]) {
    const { opcode, payload } = await peer.frame()
    t.strictSame([opcode, payload.readUInt16BE(0)], [OPCODE.close, 1001])
  }
  t.match(await waiting.head(), { status: 404, reason: /^Endpoint does not exist\. TrackingId:/ })
})

test('a half-closed pair is cut after the configured time', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      limits: { halfCloseTimeoutMs: 30 },
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [{ name: 'open', requiresClientAuthorization: false }],
        },
      ],
    },
  })
  const { sender, rendezvous } = await openPair(t, relay)
  sender.send(OPCODE.close, closePayload(1000, ''))
  await Promise.all([sender.over(), rendezvous.over()])
  t.match(await connectionsOf(relay), [{ phase: 'closed', closedBy: 'sender', code: 1000 }])
})
