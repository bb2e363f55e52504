import { once } from 'node:events'
import { type RequestListener, createServer } from 'node:http'
import { test } from 'tap'
import { type AnswerEvents, ServerConnection } from './server-connection.ts'
import { ServerConnections } from './server-connections.ts'

const FROM = { remoteAddress: '203.0.113.7', remotePort: 5, encrypted: true }
const GET = Buffer.from('GET /x HTTP/1.1\r\nHost: h\r\n\r\n')

/** An answer that writes down what it is told; `isFull` asks the server to wait. */
class Told implements AnswerEvents {
  readonly events: string[] = []
  isFull = false
  bytes = 0
  readonly over: Promise<string>
  #settle!: (how: string) => void
  onDrained = () => {}

  constructor() {
    this.over = new Promise((resolve) => (this.#settle = resolve))
  }

  head({ statusCode }: { statusCode: number }): void {
    this.events.push(`head ${statusCode}`)
  }

  body(bytes: Buffer): void {
    this.bytes += bytes.length
    if (bytes.length < 100) this.events.push(bytes.toString())
  }

  end(): void {
    this.#settle('whole')
  }

  broken(): void {
    this.#settle('broken')
  }

  flushed(): boolean {
    return this.isFull
  }

  drained(): void {
    this.onDrained()
  }
}

function connect(handler: RequestListener, onFree = () => {}) {
  return new ServerConnection(createServer(handler), FROM, onFree)
}

test('a handler gets a real request from the sender, request after request', async (t) => {
  let requests = 0
  let free = 0
  const sockets = new Set<unknown>()
  const connection = connect(
    ({ socket, url }, response) => {
      sockets.add(socket)
      response.end(`${++requests} ${url} ${socket.remoteAddress} ${'encrypted' in socket}`)
    },
    () => free++,
  )
  for (const count of [1, 2, 3]) {
    t.ok(connection.isFree)
    const told = new Told()
    connection.ask('GET', GET, true, told)
    t.equal(await told.over, 'whole')
    t.strictSame(told.events, ['head 200', `${count} /x 203.0.113.7 true`])
  }
  t.equal(sockets.size, 1, 'as over one connection')
  t.equal(free, 3)
})

test('who asks learns of what a handler throws, from the first request on', (t) => {
  const connection = connect(() => {
    throw new Error('thrown')
  })
  t.throws(() => connection.ask('GET', GET, true, new Told()), { message: 'thrown' })
  t.end()
})

test('what a handler answers at once is there at once', (t) => {
  const told = new Told()
  const connection = connect((_request, response) => response.end('now'))
  connection.ask('GET', GET, true, told)
  t.strictSame(told.events, ['head 200', 'now'])
  t.end()
})

test('a body goes up in chunks, at the pace of the handler', async (t) => {
  let read = () => {}
  const connection = connect((request, response) => {
    read = () => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.length))
      request.on('end', () => response.end(String(bytes)))
    }
  })
  const told = new Told()
  const head = 'PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'
  connection.ask('PUT', Buffer.from(head), false, told)
  const chunk = Buffer.alloc(20_000)
  let sent = 0
  await new Promise((resolve) => setImmediate(resolve))
  while (connection.sendBody(chunk)) sent += chunk.length
  sent += chunk.length
  const drained = new Promise<void>((resolve) => (told.onDrained = resolve))
  read()
  await drained
  t.ok(connection.sendBody(Buffer.from('last')))
  connection.endBody()
  t.equal(await told.over, 'whole')
  t.strictSame(told.events, ['head 200', String(sent + 4)])
})

test('a handler waits while its answer is not taken', async (t) => {
  const connection = connect((_request, response) => {
    response.writeHead(200, { 'Content-Length': 40 * 65_536 })
    let left = 40
    const pump = (): void => {
      while (left > 0) {
        left--
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', pump)
      }
      response.end()
    }
    pump()
  })
  const told = new Told()
  told.isFull = true
  connection.ask('GET', GET, true, told)
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(told.bytes < 20 * 65_536, `${told.bytes} bytes`)
  told.isFull = false
  connection.resume()
  t.equal(await told.over, 'whole')
  t.equal(told.bytes, 40 * 65_536)
})

test('a handler that breaks off is told, and one whose sender left is told itself', async (t) => {
  const broken = new Told()
  connect((request) => request.socket.destroy()).ask('GET', GET, true, broken)
  t.equal(await broken.over, 'broken')
  let closed: Promise<unknown> = Promise.resolve()
  let asked = () => {}
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const connection = connect((_request, response) => {
    closed = once(response, 'close')
    response.write('begun')
    asked()
  })
  connection.ask('GET', GET, true, new Told())
  await isAsked
  connection.destroy()
  await closed
  t.ok(connection.isClosed)
})

test('each sender has its own connection, which is kept for a while', async (t) => {
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const server = createServer((_request, response) => queueMicrotask(() => response.end('x')))
  const connections = new ServerConnections(server)
  const first = connections.take(FROM)
  t.equal(connections.take(FROM), first)
  t.not(connections.take({ ...FROM, remotePort: 6 }), first)
  const told = new Told()
  first.ask('GET', GET, true, told)
  const other = connections.take(FROM)
  t.not(other, first, 'it is busy')
  const second = new Told()
  other.ask('GET', GET, true, second)
  t.same(await Promise.all([told.over, second.over]), ['whole', 'whole'])
  t.ok(other.isClosed, 'one beside it serves once')
  t.equal(connections.take(FROM), first)
  t.clock.advance(5_000)
  t.notOk(first.isClosed)
  t.clock.advance(5_000)
  t.ok(first.isClosed)
  t.not(connections.take(FROM), first)
  t.clock.advance(20_000)
})
