import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { type Socket, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { collectBody, discardBody, pumpBody } from './request-body.ts'

/** A request as the server sees it, and the socket that sends it. */
async function receive(
  t: Test,
  text: string,
): Promise<{ request: IncomingMessage; sender: Socket }> {
  const server = http.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const sender = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sender.on('error', () => {})
  t.teardown(() => sender.destroy())
  sender.write(`POST / HTTP/1.1\r\nHost: h\r\n${text}`)
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  return { request, sender }
}

test('no framing is no body, and neither is a length of nought', async (t) => {
  for (const text of ['\r\n', 'Content-Length: 0\r\n\r\n']) {
    const { request } = await receive(t, text)
    t.strictSame(await collectBody(request), { kind: 'none' })
  }
})

test('a body that comes soon is whole, in chunks too, and even an empty one', async (t) => {
  const { request, sender } = await receive(t, 'Content-Length: 4\r\n\r\nbo')
  sender.write('dy')
  t.strictSame(await collectBody(request), { kind: 'whole', bytes: Buffer.from('body') })
  const chunked = await receive(
    t,
    'Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n',
  )
  t.strictSame(await collectBody(chunked.request), { kind: 'whole', bytes: Buffer.from('body') })
  const empty = await receive(t, 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
  t.strictSame(await collectBody(empty.request), { kind: 'whole', bytes: Buffer.alloc(0) })
})

test('a long body is not read, a slow one and one that grows are begun', async (t) => {
  const long = await receive(t, 'Content-Length: 65537\r\n\r\nxxx')
  t.strictSame(await collectBody(long.request), { kind: 'streaming', begun: Buffer.alloc(0) })
  const slow = await receive(t, 'Content-Length: 4\r\n\r\nbo')
  const begun = await collectBody(slow.request, 50)
  t.strictSame(begun, { kind: 'streaming', begun: Buffer.from('bo') })
  const growing = await receive(t, 'Transfer-Encoding: chunked\r\n\r\n')
  growing.sender.write(`10002\r\n${'g'.repeat(0x10002)}\r\n`)
  const grown = await collectBody(growing.request)
  t.match(grown, { kind: 'streaming' })
})

test('a sender that leaves inside its body ends the wait', async (t) => {
  const { request, sender } = await receive(t, 'Content-Length: 4\r\n\r\nbo')
  const collected = collectBody(request, 60_000)
  sender.resetAndDestroy()
  t.match(await collected, { kind: 'streaming' })
  t.ok(request.socket.destroyed)
})

/** Pumps a body into a list; stops at `limit` pieces. */
async function pump(request: IncomingMessage, begun: string, limit = Infinity) {
  const parts: string[] = []
  const reading: boolean[] = []
  let bytes = 0
  await pumpBody({
    request,
    body: { kind: 'streaming', begun: Buffer.from(begun) },
    rendezvous: {
      sendPart: async (part, isFinal) => {
        parts.push(`${Buffer.from(part).toString()}${isFinal ? '.' : ''}`)
      },
    },
    isStopped: () => parts.length >= limit,
    onReading: (isReading) => reading.push(isReading),
    onProgress: (count) => (bytes += count),
  })
  return { parts, reading, bytes }
}

test('a pumped body keeps its order, is counted and ends with an empty last part', async (t) => {
  const { request, sender } = await receive(t, 'Content-Length: 8\r\n\r\nbegun')
  const body = await collectBody(request, 20)
  t.match(body, { kind: 'streaming' })
  const pumped = pump(request, 'begun')
  sender.write('end')
  const { parts, bytes, reading } = await pumped
  t.equal(parts.join(''), 'begunend.')
  t.equal(bytes, 8)
  t.equal(reading.at(-1), false)
})

test('what nobody wants is read to its end, so that the next request is a request', async (t) => {
  const { request, sender } = await receive(t, `Content-Length: 300000\r\n\r\n`)
  sender.write('x'.repeat(300_000))
  const { parts } = await pump(request, '', 1)
  t.equal(parts.length, 1)
  t.ok(request.readableEnded)
})

test('a sender that breaks off ends the pump without a last part', async (t) => {
  const { request, sender } = await receive(t, 'Content-Length: 8\r\n\r\n')
  const pumped = pump(request, '')
  sender.resetAndDestroy()
  const { parts } = await pumped
  t.notOk(parts.some((part) => part.endsWith('.')))
})

test('a body is discarded in time, or its connection ends', async (t) => {
  const prompt = await receive(t, 'Content-Length: 100000\r\n\r\n')
  discardBody(prompt.request, 60_000)
  prompt.sender.write('x'.repeat(100_000))
  await once(prompt.request, 'end')
  t.notOk(prompt.request.socket.destroyed)
  const late = await receive(t, 'Content-Length: 100000\r\n\r\n')
  discardBody(late.request, 20)
  await once(late.sender, 'close')
  t.ok(late.request.socket.destroyed)
})
