import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Test, test } from 'tap'
import { parseConnectTo } from './connect-to.ts'
import { runChecks } from './checks.ts'

const DEPS = { connectTo: [], ca: undefined, timeoutMs: 2_000 }

async function portOf(t: Test, server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  server.on('connection', (socket: Socket) => socket.on('error', () => {}))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

test('an endpoint that listens passes, by the way that --connect-to leads', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.destroy()),
  )
  const relayPort = await portOf(
    t,
    createHttpServer((_request, response) => response.end()),
  )
  const plan = {
    target: { host: 'db.onprem.example', port: 5432 },
    isRelay: false,
    relay: { host: 'localhost', port: relayPort, isTls: false },
  }
  const connectTo = [parseConnectTo(`db.onprem.example:5432:127.0.0.1:${port}`)]
  t.match(await runChecks(plan, { ...DEPS, connectTo }), [
    { name: 'resolve', ok: true, detail: /127\.0\.0\.1 .*--connect-to/ },
    { name: 'connect', ok: true, detail: `127.0.0.1:${port} accepts connections` },
    { name: 'relay', ok: true, detail: /answers over clear text \(HTTP 200\)/ },
  ])
})

test('the first broken hop is named, and what stands behind it is not tried', async (t) => {
  const none = { isRelay: false, relay: undefined }
  t.match(await runChecks({ target: { host: 'db.onprem.example', port: 1 }, ...none }, DEPS), [
    { ok: false, detail: /never sent to DNS/ },
    { ok: null, detail: /not tried/ },
    { ok: null, detail: /no hybrid connection has been added/ },
  ])
  const server = createServer()
  const port = await portOf(t, server)
  server.close()
  await once(server, 'close')
  const target = { host: '127.0.0.1', port }
  const relay = { ...target, isTls: true }
  t.match(await runChecks({ target, isRelay: true, relay }, DEPS), [
    { ok: true },
    { ok: false, detail: /nothing listens there \(ECONNREFUSED\)/ },
    { ok: null, detail: /no TCP connection/ },
  ])
})

test('a relay that speaks no TLS is told from one that does not answer', async (t) => {
  const mute = await portOf(t, createServer())
  const plain = await portOf(
    t,
    createServer((socket) => socket.end('SSH-2.0-x\r\n')),
  )
  for (const [port, detail] of [
    [mute, /no answer in 50 ms/],
    [plain, /speaks no TLS/],
  ] as const) {
    const relay = { host: '127.0.0.1', port, isTls: true }
    const [, , check] = await runChecks(
      { target: relay, isRelay: true, relay },
      { ...DEPS, timeoutMs: 50 },
    )
    t.match(check, { name: 'relay', ok: false, detail })
  }
})
