import { once } from 'node:events'
import { test } from 'tap'
import WebSocket from 'ws'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { factOf, factsOf } from '../harness/facts.ts'
import { listen, openPair } from '../harness/listener.ts'
import { openUpgrade } from '../harness/raw-peer.ts'
import { startProgram } from '../harness/program.ts'
import { keyOf, startRelay, testRelay } from '../harness/relay.ts'
import { createRelayServer } from '../../server/index.ts'

test('a closing server tells listeners and tunnels 1001, answers who waits, and leaves nothing', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous, listener } = await openPair(t, relay, 'tls')
  const waiting = await openUpgrade(t, relay, '/$hc/open')
  await listener.next()
  const closing = relay.server.close()
  t.match(await listener.closed, { code: 1001, reason: /TrackingId:/ })
  t.match(await waiting.head(), { status: 503, reason: /^ServerBusy: .* TrackingId:/ })
  for (const peer of [sender, rendezvous]) {
    const { opcode, payload } = await peer.frame()
    t.strictSame([opcode, payload.readUInt16BE(0)], [OPCODE.close, 1001])
    peer.socket.end()
  }
  await closing
  await Promise.all([sender.closed, rendezvous.closed])
  await t.rejects(openUpgrade(t, relay, '/$hc/open'), { code: 'ECONNREFUSED' })
})

test('an embedded server closes soon, whatever its peers do', async (t) => {
  const relay = await startRelay(t)
  await openPair(t, relay, 'plain')
  await openUpgrade(t, relay, '/$hc/open')
  const before = performance.now()
  await relay.server.close()
  t.ok(performance.now() - before < 3_000)
  await relay.server.close()
})

test('a server that closes lets tunnels finish when it is asked to', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay)
  const closing = relay.server.close({ drainMs: 60_000 })
  sender.send(OPCODE.text, 'while it drains')
  t.equal((await rendezvous.frame()).payload.toString(), 'while it drains')
  sender.send(OPCODE.close, Buffer.alloc(0))
  await rendezvous.frame()
  rendezvous.send(OPCODE.close, Buffer.alloc(0))
  await Promise.all([sender.over(), rendezvous.over()])
  await closing
})

test('ws and hyco-ws listeners come back to a server that was restarted on its port', async (t) => {
  const first = await startRelay(t)
  const { port } = first
  const listenKey = keyOf(first.server, 'defaultListener', 'demo')
  // In clear text, because each start in memory makes a CA of its own, and the programs trust the first one's.
  const uri = (path: string, action: string, plainPort: number) =>
    `ws://localhost:${plainPort}/$hc/${path}?sb-hc-action=${action}`
  const hyco = startProgram(
    t,
    'hyco-ws-listener.mjs',
    [uri('demo', 'listen', first.plainPort), 'defaultListener', listenKey],
    first.caFile,
  )
  await hyco.next('listening')
  let isOver = false
  t.teardown(() => {
    isOver = true
  })
  const keepListening = () => {
    if (isOver) return
    const socket = new WebSocket(uri('open', 'listen', first.plainPort), {
      headers: { ServiceBusAuthorization: first.token() },
    })
    t.teardown(() => socket.terminate())
    socket.on('error', () => {})
    socket.on('close', () => setTimeout(keepListening, 20).unref())
  }
  keepListening()
  await factsOf(first, 'listenerConnected', 2)
  await first.server.close()

  const server = await createRelayServer({ port, plainPort: first.plainPort })
  t.teardown(() => server.close())
  const second = testRelay(server)
  // hyco-ws reconnects from two handlers at once, so it may come twice.
  const back = new Set<string | null>()
  for (let after = 0; back.size < 2;) {
    const { n, hybridConnection } = await factOf(second, 'listenerConnected', after)
    after = n
    back.add(hybridConnection)
  }
  t.ok(back.has('demo') && back.has('open'))
  const sender = startProgram(
    t,
    'hyco-ws-sender.mjs',
    [
      uri('demo', 'connect', second.plainPort),
      'defaultSender',
      keyOf(server, 'defaultSender', 'demo'),
      'back',
    ],
    second.caFile,
  )
  t.equal((await sender.next('message')).text, 'back')
  isOver = true
})

test('an entity that is removed and made again takes listeners again', async (t) => {
  const relay = await startRelay(t)
  const [namespace] = relay.server.namespaces
  const path = `${relay.adminUrl}/api/v1/namespaces/${namespace?.name}/hybridConnections/open`
  const headers = { 'content-type': 'application/json' }
  const listener = await listen(t, relay, 'open')
  await fetch(path, { method: 'DELETE', headers })
  await listener.closed
  const body = JSON.stringify({ requiresClientAuthorization: false })
  await fetch(path, { method: 'PUT', headers, body })
  const again = await listen(t, relay, 'open')
  await openUpgrade(t, relay, '/$hc/open')
  t.ok(await again.next())
  await factOf(relay, 'entityChanged')
  again.socket.close()
  await once(again.socket, 'close')
})
