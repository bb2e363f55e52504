import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { type RequestOptions, request as httpsRequest } from 'node:https'
import express from 'express'
import { fastify } from 'fastify'
import { type Dispatcher, request as undiciRequest } from 'undici'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { type RelaySender, createListener, createSender, createServer } from '../../client/index.ts'
import { listenersOf } from '../harness/facts.ts'
import { hasProgram } from '../harness/require-program.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

function strings(relay: TestRelay) {
  const demo = relay.server.ready.namespaces[0]?.hybridConnections.find(
    ({ name }) => name === 'demo',
  )
  if (!demo) throw new Error('no hybrid connection demo')
  return { listen: demo.listenConnectionString, send: demo.sendConnectionString }
}

/** A relay, a handler behind it, and a sender for it. */
async function serve(t: Test, handler: RequestListener, flushDelayMs?: number) {
  const relay = await startRelay(t)
  const { listen, send } = strings(relay)
  const server = createServer({ connectionString: listen, ca: relay.caPem, flushDelayMs }, handler)
  server.listen()
  await once(server, 'listening')
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const sender = createSender({ connectionString: send, ca: relay.caPem })
  t.teardown(() => sender.close())
  return { relay, server, sender }
}

type Call = RequestOptions & { readonly body?: Uint8Array }

/** Calls through the sender's agent; answers the response with its body whole. */
async function call(sender: RelaySender, path: string, { body, ...options }: Call = {}) {
  const agent = await sender.httpAgent()
  const request = httpsRequest(sender.url(path), { agent, ...options })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  agent.destroy()
  return { response, status: response.statusCode, body: Buffer.concat(chunks) }
}

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('a handler gets a real request, and its answer arrives as written', async (t) => {
  const { sender } = await serve(t, (request, response) => {
    response.writeHead(418, 'Short and stout', { 'X-Answer': 'Yes' })
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        custom: request.headers['x-custom'],
        token: request.headers['servicebusauthorization'],
        from: request.socket.remoteAddress,
      }),
    )
  })
  const { response, status, body } = await call(sender, '/a%20b/%C3%B8?x=1&sb-hc-id=2', {
    method: 'DELETE',
    headers: { 'X-Custom': 'v' },
  })
  t.equal(status, 418)
  t.equal(response.statusMessage, 'Short and stout')
  t.ok(response.rawHeaders.includes('X-Answer'), 'the spelling of names is kept')
  t.same(JSON.parse(body.toString()), {
    method: 'DELETE',
    url: '/demo/a%20b/%C3%B8?x=1',
    custom: 'v',
    from: '127.0.0.1',
  })
})

test('bodies around 65,536 bytes pass both ways unchanged (relay-protocol 5.4, 5.6)', async (t) => {
  const { sender } = await serve(t, (request, response) => {
    request.pipe(response)
  })
  for (const bytes of [0, 1, 65_535, 65_536, 65_537, 3_000_000]) {
    const body = Buffer.alloc(bytes, 'relay')
    const measured = await call(sender, '/echo', { method: 'PUT', body })
    t.equal(sha(measured.body), sha(body), `${bytes} bytes`)
    const chunked = await call(sender, '/echo', {
      method: 'POST',
      body,
      headers: { 'Transfer-Encoding': 'chunked' },
    })
    t.equal(sha(chunked.body), sha(body), `${bytes} bytes in chunks`)
  }
})

test('HEAD, 204 and 304 have no body, and an empty POST has length 0', async (t) => {
  const { sender } = await serve(t, (request, response) => {
    const status = Number(/\/(\d+)/.exec(request.url ?? '')?.[1] ?? 200)
    response.writeHead(status, { 'X-Length': String(request.headers['content-length']) })
    response.end(request.method === 'HEAD' ? undefined : status === 200 ? 'body' : undefined)
  })
  t.match(await call(sender, '', { method: 'HEAD' }), { status: 200, body: Buffer.alloc(0) })
  t.match(await call(sender, '/204'), { status: 204, body: Buffer.alloc(0) })
  t.match(await call(sender, '/304'), { status: 304, body: Buffer.alloc(0) })
  const post = await call(sender, '', { method: 'POST' })
  t.equal(post.response.headers['x-length'], '0')
})

test('a response that goes on is streamed after the flush delay, piece by piece', async (t) => {
  let next = (): void => {}
  const { sender } = await serve(
    t,
    (_request, response) => {
      response.write('first')
      next = () => response.end('second')
    },
    20,
  )
  const agent = await sender.httpAgent()
  const request = httpsRequest(sender.url('/events'), { agent }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const [first] = (await once(response, 'data')) as [Buffer]
  t.equal(first.toString(), 'first')
  next()
  const [second] = (await once(response, 'data')) as [Buffer]
  t.equal(second.toString(), 'second')
  await once(response, 'end')
})

test('a sender that leaves in the middle of a response is noticed by the handler', async (t) => {
  let closed: Promise<unknown> | undefined
  const { sender } = await serve(
    t,
    (_request, response) => {
      closed = once(response, 'close')
      response.write('x'.repeat(100_000))
    },
    20,
  )
  const agent = await sender.httpAgent()
  const request = httpsRequest(sender.url(), { agent }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  response.destroy()
  await closed
  t.pass('the handler knows')
})

test('a handler that breaks off is a 500 before its head, and a cut body behind it', async (t) => {
  const { sender } = await serve(
    t,
    (request, response) => {
      if (request.url?.endsWith('/late')) {
        response.write('x'.repeat(100_000), () => setTimeout(() => response.destroy(), 50))
      } else request.socket.destroy()
    },
    20,
  )
  t.equal((await call(sender, '/early')).status, 500)
  await t.rejects(call(sender, '/late'))
})

test('a listener without a request handler answers 501 (relay-protocol 5.11)', async (t) => {
  const relay = await startRelay(t)
  const { listen, send } = strings(relay)
  const listener = createListener({ connectionString: listen, ca: relay.caPem })
  t.teardown(() => listener.close())
  await listener.online()
  const sender = createSender({ connectionString: send, ca: relay.caPem })
  t.teardown(() => sender.close())
  t.equal((await call(sender, '')).status, 501)
  t.equal((await call(sender, '', { method: 'PUT', body: Buffer.alloc(100_000) })).status, 501)
})

test('an unmodified express app runs behind it, called by fetch through the dispatcher', async (t) => {
  const app = express()
  app.use(express.json())
  app.get('/demo/hello/:name', (request, response) => {
    response.json({ hello: request.params.name, secure: request.secure, ip: request.ip })
  })
  app.post('/demo/sum', (request, response) => {
    const { a, b } = request.body as { a: number; b: number }
    response.send(String(a + b))
  })
  const { sender } = await serve(t, app as RequestListener)
  const dispatcher = await sender.dispatcher()
  const hello = await fetch(sender.url('/hello/world'), { dispatcher })
  t.same(await hello.json(), { hello: 'world', secure: true, ip: '127.0.0.1' })
  const sum = await fetch(sender.url('/sum'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ a: 2, b: 3 }),
    dispatcher,
  })
  t.equal(await sum.text(), '5')
  t.equal((await fetch(sender.url('/nothing'), { dispatcher })).status, 404)
})

test('a request whose head Node writes at once gets its token too: Expect, headers as an array', async (t) => {
  const { sender } = await serve(t, (request, response) => {
    request.pipe(response.writeHead(200, { 'X-Seen': request.headers['x-custom'] ?? '' }))
  })
  const headers = { Expect: '100-continue', 'X-Custom': 'object', 'Content-Length': '3' }
  const agent = await sender.httpAgent()
  const expecting = httpsRequest(sender.url(), { agent, method: 'POST', headers })
  expecting.on('continue', () => expecting.end('abc'))
  const [continued] = (await once(expecting, 'response')) as [IncomingMessage]
  t.match(continued, { statusCode: 200, headers: { 'x-seen': 'object' } })
  t.equal(String(await continued.setEncoding('utf8').toArray()), 'abc')

  const list = ['Host', 'elsewhere.example', 'X-Custom', 'array', 'Content-Length', '3']
  const written = await call(sender, '', {
    method: 'POST',
    headers: list,
    body: Buffer.from('abc'),
  })
  t.match(written, { status: 200, response: { headers: { 'x-seen': 'array' } } })
})

test('fetch, undici and agents find a name below localhost and an address, as streams do', async (t) => {
  const { relay, sender } = await serve(t, (request, response) => {
    response.end(request.headers.host)
  })
  const { port } = sender.endpoint
  for (const host of ['local-relay.servicebus.localhost', '127.0.0.1']) {
    const connectionString = strings(relay).send.replace('//localhost', `//${host}`)
    const other = createSender({ connectionString, ca: relay.caPem })
    t.teardown(() => other.close())
    const dispatcher = await other.dispatcher<Dispatcher>()
    t.equal(await (await undiciRequest(other.url(), { dispatcher })).body.text(), `${host}:${port}`)
    t.equal((await call(other, '')).body.toString(), `${host}:${port}`)
  }
})

test('an unmodified fastify app runs behind it and closes with it', async (t) => {
  const relay = await startRelay(t)
  const { listen, send } = strings(relay)
  const app = fastify({
    serverFactory: (handler) =>
      createServer({ connectionString: listen, ca: relay.caPem }, handler),
  })
  app.post('/demo/items', async (request) => ({ got: request.body, ip: request.ip }))
  // A host other than localhost: for that fastify makes a server for each of its addresses.
  await app.listen({ host: 'relay' })
  t.equal((await listenersOf(relay)).length, 1)
  const sender = createSender({ connectionString: send, ca: relay.caPem })
  t.teardown(() => sender.close())
  const { status, body } = await call(sender, '/items', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from('{"x":1}'),
  })
  t.equal(status, 200)
  t.same(JSON.parse(body.toString()), { got: { x: 1 }, ip: '127.0.0.1' })
  await app.close()
  t.equal((await call(sender, '/items')).status, 404, 'nobody listens any more')
})

test('a request that is being answered while the server closes gets its answer', async (t) => {
  let answer = (): void => {}
  let begun = (): void => {}
  const arrived = new Promise<void>((resolve) => (begun = resolve))
  const { server, sender } = await serve(t, (_request, response) => {
    answer = () => response.end('in time')
    begun()
  })
  const calling = call(sender, '')
  await arrived
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  answer()
  t.equal((await calling).body.toString(), 'in time')
  await closed
})

test('100 requests at once through one agent are kept apart', async (t) => {
  const { sender } = await serve(t, (request, response) => {
    response.end(request.url)
  })
  const agent = await sender.httpAgent({ maxSockets: 10 })
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const request = httpsRequest(sender.url(`/${index}`), { agent }).end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response) text += String(chunk)
      return text
    }),
  )
  t.same(
    answers,
    Array.from({ length: 100 }, (_, index) => `/demo/${index}`),
  )
})

test('curl uploads to a handler and reads its answer', async (t) => {
  if (!hasProgram(t, 'curl')) return
  const { relay, sender } = await serve(t, (request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => response.end(`${request.method} ${bytes}`))
  })
  const { stdout } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--cacert', relay.caFile],
    ...['--header', `ServiceBusAuthorization: ${relay.token({ path: 'demo' })}`],
    ...['--data-binary', `@${relay.caFile}`, '--header', 'Expect: 100-continue'],
    sender.url('/upload'),
  ])
  t.equal(stdout, `POST ${Buffer.byteLength(relay.caPem)}`)
})
