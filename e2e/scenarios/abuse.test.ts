import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { type TLSSocket, connect as connectTls } from 'node:tls'
import { test } from 'tap'
import { factOf } from '../harness/facts.ts'
import { listen, openPair } from '../harness/listener.ts'
import { OPCODE } from '../../protocol/websocket/frame-header.ts'
import { openRaw, openUpgrade } from '../harness/raw-peer.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const SHORT = {
  configuration: {
    limits: { handshakeTimeoutMs: 300 },
    namespaces: [
      {
        name: 'contoso',
        hybridConnections: [{ name: 'open', requiresClientAuthorization: false }],
      },
    ],
  },
}

/** Resolves when the relay has given up on a peer that says `bytes` and then nothing. */
async function givenUp(t: Parameters<typeof openRaw>[0], port: number, bytes: string | Buffer) {
  const socket = connectPlain({ port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

test('who does not finish a handshake in time is cut, and who did is not', async (t) => {
  const relay = await startRelay(t, SHORT)
  const pair = await openPair(t, relay, 'tls')
  const half = 'GET /$hc/open HTTP/1.1\r\nHost: localhost\r\n'
  const hello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00])
  const silent = await openRaw(t, relay, 'tls')
  const answers = await Promise.all([
    givenUp(t, relay.plainPort, ''),
    givenUp(t, relay.plainPort, half),
    givenUp(t, relay.port, ''),
    givenUp(t, relay.port, hello),
    silent.over(),
  ])
  t.match(answers[1], /^HTTP\/1\.1 408 /)
  pair.sender.send(OPCODE.text, 'still here')
  t.equal((await pair.rendezvous.frame()).payload.toString(), 'still here')
})

test('a head above 64 kB gets 431, and one below does not', async (t) => {
  const relay = await startRelay(t)
  await listen(t, relay, 'open')
  const large = await openUpgrade(t, relay, '/$hc/open', { headers: { Large: 'x'.repeat(66_000) } })
  t.match(await large.head(), { status: 431 })
  const fits = await openUpgrade(t, relay, '/$hc/demo', { headers: { Large: 'x'.repeat(60_000) } })
  t.match(await fits.head(), { status: 401 })
})

test('what is no HTTP gets 400 and the door', async (t) => {
  const relay = await startRelay(t)
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET /$hc/open HTTP/1.1\r\nHost: a\r\nA: b\nC: d\r\n\r\n',
  ]) {
    t.match(await givenUp(t, relay.plainPort, bytes), /^HTTP\/1\.1 400 /)
  }
})

/** A TLS connection, or the fault that kept it from being one. */
async function secure(
  t: Parameters<typeof openRaw>[0],
  relay: TestRelay,
  options: object = {},
): Promise<TLSSocket> {
  const socket = connectTls({ port: relay.port, host: 'localhost', ca: relay.caPem, ...options })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

test('TLS 1.1 is refused, 1.2 and 1.3 are not', async (t) => {
  const relay = await startRelay(t)
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }
  await t.rejects(secure(t, relay, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const socket = await secure(t, relay, { minVersion: version, maxVersion: version })
    t.equal(socket.getProtocol(), version)
  }
})

test('the cheapest suite of TLS 1.3 is taken, another where a client has only that', async (t) => {
  const relay = await startRelay(t)
  t.equal((await secure(t, relay)).getCipher().name, 'TLS_AES_128_GCM_SHA256')
  for (const ciphers of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
    t.equal((await secure(t, relay, { ciphers })).getCipher().name, ciphers)
  }
})

test('only HTTP/1.1 is offered', async (t) => {
  const relay = await startRelay(t)
  const socket = await secure(t, relay, { ALPNProtocols: ['h2', 'http/1.1'] })
  t.equal(socket.alpnProtocol, 'http/1.1')
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a TLS session is resumed, ${version}`, async (t) => {
    const relay = await startRelay(t)
    const only = { minVersion: version, maxVersion: version }
    const first = connectTls({ port: relay.port, host: 'localhost', ca: relay.caPem, ...only })
    t.teardown(() => first.destroy())
    const [session] = (await once(first, 'session')) as [Buffer]
    t.notOk(first.isSessionReused())
    const second = await secure(t, relay, { ...only, session })
    t.ok(second.isSessionReused())
  })
}

test('half a TLS close leaves the other half open', async (t) => {
  const relay = await startRelay(t)
  const { sender, rendezvous } = await openPair(t, relay, 'tls')
  sender.send(OPCODE.close, Buffer.alloc(0))
  sender.socket.end()
  t.equal((await rendezvous.frame()).opcode, OPCODE.close)
  rendezvous.send(OPCODE.text, 'one more')
  t.equal((await sender.frame()).payload.toString(), 'one more')
  rendezvous.send(OPCODE.close, Buffer.alloc(0))
  t.equal((await sender.frame()).opcode, OPCODE.close)
  await rendezvous.over()
  await factOf(relay, 'connectionClosed')
})
