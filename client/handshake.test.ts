import { test } from 'tap'
import {
  agreedProtocol,
  headerLines,
  protocolTokens,
  readResponseHead,
  upgradeRequest,
} from './handshake.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

test("the request is the handshake of RFC 6455 with the caller's headers in their spelling", async (t) => {
  const text = upgradeRequest({
    target: '/$hc/x?a=b',
    host: 'h:1',
    key: KEY,
    protocols: ['p', 'q'],
    headers: headerLines({ 'X-One': ['1', '2'], authorization: 'Basic x' }),
  })
  t.equal(
    text,
    `GET /$hc/x?a=b HTTP/1.1\r\nHost: h:1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: p, q\r\nX-One: 1\r\nX-One: 2\r\nauthorization: Basic x\r\n\r\n`,
  )
})

test("no header can break out of its line or take the place of the handshake's", async (t) => {
  t.throws(() => headerLines({ 'X-A': 'b\r\nX-Evil: c' }))
  t.throws(() => headerLines({ 'X A': 'b' }))
  for (const name of ['Host', 'sec-websocket-key', 'Connection', 'Sec-WebSocket-Protocol']) {
    t.throws(() => headerLines([[name, 'x']]), { message: /belongs to the handshake/ }, name)
  }
  t.throws(() => protocolTokens('a, b'))
})

test('an answer is checked before it is believed', async (t) => {
  const head = (lines: string) => readResponseHead(`HTTP/1.1 101 Switching Protocols\r\n${lines}`)
  const good = 'Upgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='
  const asked = { key: KEY, protocols: ['p'] }
  t.equal(agreedProtocol(head(good), asked), '')
  t.equal(agreedProtocol(head(`${good}\r\nSec-WebSocket-Protocol: p`), asked), 'p')
  for (const bad of [
    'Upgrade: websocket\r\nSec-WebSocket-Accept: wrong',
    good.replace('WebSocket\r', 'h2c\r'),
    `${good}\r\nSec-WebSocket-Protocol: other`,
    `${good}\r\nSec-WebSocket-Extensions: permessage-deflate`,
  ]) {
    t.throws(() => agreedProtocol(head(bad), asked), { code: 'RELAY_PROTOCOL' }, bad)
  }
  t.throws(() => readResponseHead('SSH-2.0-OpenSSH'), { code: 'RELAY_PROTOCOL' })
  t.match(readResponseHead('HTTP/1.1 404 No listeners: a, b'), {
    status: 404,
    reason: 'No listeners: a, b',
  })
})
