import type { IncomingMessage } from 'node:http'
import { test } from 'tap'
import { checkHandshake, chosenProtocol, switchingProtocols } from './handshake.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

function request(
  headers: Record<string, string>,
  method = 'GET',
  httpVersion = '1.1',
): IncomingMessage {
  return { method, headers, httpVersion } as unknown as IncomingMessage
}

test('a handshake needs HTTP/1.1, GET, version 13 and a key of 16 bytes', async (t) => {
  const good = { 'sec-websocket-version': '13', 'sec-websocket-key': KEY }
  checkHandshake(request(good))
  const bad: [IncomingMessage, RegExp][] = [
    [request(good, 'POST'), /method is not GET/],
    [request(good, 'GET', '1.0'), /it is not HTTP\/1\.1/],
    [request({ ...good, 'sec-websocket-version': '8' }), /Version is not 13/],
    [request({ 'sec-websocket-key': KEY }), /Version is not 13/],
    [request({ 'sec-websocket-version': '13' }), /Key is not 16 bytes/],
    [request({ ...good, 'sec-websocket-key': `${KEY}, ${KEY}` }), /Key is not 16 bytes/],
    [request({ ...good, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' }), /Key is not 16 bytes/],
  ]
  for (const [call, message] of bad) {
    t.throws(() => checkHandshake(call), { code: 'RELAY_HANDSHAKE_INVALID', status: 400, message })
  }
})

test('the 101 has each header once, relay-protocol 9.2', async (t) => {
  const text = switchingProtocols({ key: KEY, protocol: undefined, trackingId: 'id_G0' })
  t.equal(
    text,
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nTrackingId: id_G0\r\n\r\n',
  )
  const chosen = switchingProtocols({ key: KEY, protocol: 'chat', trackingId: 'id_G0' })
  t.match(chosen, /\r\nSec-WebSocket-Protocol: chat\r\n/)
})

test('the first sub-protocol that the listener names is chosen, and only a token is one', async (t) => {
  const chosen = (value: string) => chosenProtocol(request({ 'sec-websocket-protocol': value }))
  t.equal(chosenProtocol(request({})), undefined)
  t.equal(chosen('one'), 'one')
  t.equal(chosen(' one , two'), 'one')
  t.equal(chosen('v1.x-y!'), 'v1.x-y!')
  for (const none of ['', ',two', 'with blank', 'a:b', '"quoted"', 'x\r\ny']) {
    t.equal(chosen(none), undefined, none)
  }
})
