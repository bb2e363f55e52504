import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test, type Test } from 'tap'
import { type Answer, answer } from './answer.ts'

/** What stands on the wire for an answer. */
async function wire(t: Test, given: Answer): Promise<string> {
  const server = createServer((_request, response) => answer({ response }, given))
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  await once(socket, 'close')
  return text
}

test('the reason stands in the status line and in the body, relay-protocol 3.2', async (t) => {
  const text = await wire(t, { status: 404, reason: 'Endpoint does not exist. TrackingId:x' })
  t.match(text, /^HTTP\/1\.1 404 Endpoint does not exist\. TrackingId:x\r\n/)
  t.ok(text.endsWith('\r\n\r\nEndpoint does not exist. TrackingId:x\n'))
})

test('a reason is Latin-1 on the wire, whatever the body is', async (t) => {
  const text = await wire(t, { status: 400, reason: 'gr\u00fc\u00dfe \u20ac\r\nX: y' })
  t.match(text, /^HTTP\/1\.1 400 gr\u00fc\u00dfe \? {2}X: y\r\n/)
  const [head = ''] = text.split('\r\n\r\n')
  t.notMatch(head, /\r\nX: y/)
})

test('statuses that cannot be final become 400, and odd ones pass', async (t) => {
  for (const [status, shown] of [
    [100, 400],
    [101, 400],
    [199, 400],
    [204, 204],
    [304, 304],
    [302, 302],
    [799, 799],
    [999, 999],
  ]) {
    t.match(
      await wire(t, { status: status ?? 0, reason: 'R' }),
      new RegExp(`^HTTP/1.1 ${shown} R\r\n`),
    )
  }
})

test('204 and 304 have no body', async (t) => {
  for (const status of [204, 304]) t.match(await wire(t, { status, reason: 'R' }), /\r\n\r\n$/)
})
