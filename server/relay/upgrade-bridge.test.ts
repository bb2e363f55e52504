import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, type Socket, connect } from 'node:net'
import { test, type Test } from 'tap'
import { UpgradeBridge } from './upgrade-bridge.ts'

type Route = (
  request: IncomingMessage,
  response: () => ServerResponse,
  bridge: UpgradeBridge,
) => void

/** A server whose requests and upgrades go to `route`, and a connection to it. */
async function served(t: Test, route: Route): Promise<Socket> {
  const server = http.createServer((request, response) => route(request, () => response, bridge))
  const bridge: UpgradeBridge = new UpgradeBridge((request) =>
    route(request, () => bridge.responseTo(request), bridge),
  )
  bridge.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true })
  t.teardown(() => {
    socket.destroy()
    server.close()
    server.closeAllConnections()
  })
  return socket
}

const UPGRADE = 'GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'

async function readUntil(socket: Socket, end: string): Promise<string> {
  let text = ''
  while (!text.includes(end)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    text += chunk.toString('latin1')
  }
  return text
}

test('a refusal is answered like any request, and the connection ends with it', async (t) => {
  const socket = await served(t, (request, response, bridge) => {
    t.ok(bridge.isUpgrade(request))
    const refusal = response()
    t.equal(refusal, response())
    refusal.writeHead(418, 'No Tea', { 'Content-Length': 2 })
    refusal.end('no')
  })
  socket.write(UPGRADE)
  const ended = once(socket, 'end')
  const text = await readUntil(socket, '\r\n\r\nno')
  t.match(text, /^HTTP\/1\.1 418 No Tea\r\n/)
  t.match(text, /\r\nConnection: close\r\n/)
  await ended
})

test('a route that takes the socket gets every byte behind the head, and its FIN ends nothing', async (t) => {
  const socket = await served(t, (request, _response, bridge) => {
    t.equal(bridge.socketOf(request).destroyed, false)
    const { socket: own, head } = bridge.take(request)
    t.notOk(bridge.isUpgrade(request))
    t.throws(() => bridge.take(request), { message: /no unanswered upgrade/ })
    own.write(`head ${head.toString()};`)
    own.once('end', () => own.end('after the FIN'))
    own.resume()
  })
  socket.write(`${UPGRADE}early`)
  t.equal(await readUntil(socket, ';'), 'head early;')
  socket.end()
  t.equal(await readUntil(socket, 'FIN'), 'after the FIN')
})

test('a request is no upgrade, and neither is one to another protocol: body and successors are read', async (t) => {
  const seen: string[] = []
  const socket = await served(t, (request, response, bridge) => {
    t.notOk(bridge.isUpgrade(request))
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${body}`)
      response().writeHead(200, { Names: request.rawHeaders.join('|') })
      response().end(`done ${seen.length};`)
    })
  })
  socket.write(
    'POST /b?c=%20 HTTP/1.1\r\nHost: h\r\nUPGRADE: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\nX-Own: 1\r\n' +
      'Connection: Upgrade, HTTP2-Settings, keep-alive\r\nContent-Length: 4\r\n\r\nbo',
  )
  socket.write('dy')
  const text = await readUntil(socket, 'done 1;')
  t.match(text, /Names: Host\|h\|X-Own\|1\|Connection\|keep-alive\|Content-Length\|4\r\n/)
  socket.write(
    'POST /chunked HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n' +
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n',
  )
  await readUntil(socket, 'done 3;')
  t.strictSame(seen, ['POST /b?c=%20 body', 'POST /chunked abc', 'GET /next '])
})

test('many upgrades to another protocol on one connection leave nothing behind', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  let count = 0
  const socket = await served(t, (_request, response) => {
    response().end(`done ${++count};`)
  })
  for (let i = 1; i <= 30; i++) {
    socket.write('GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n')
    await readUntil(socket, `done ${i};`)
  }
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(warnings, [])
})

test('a peer that vanishes before it is answered is no fault', async (t) => {
  let asked = () => {}
  let answered = () => {}
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const isAnswered = new Promise<void>((resolve) => (answered = resolve))
  const socket = await served(t, (request, response, bridge) => {
    asked()
    bridge
      .socketOf(request)
      .once('close', () => {
        response().writeHead(200)
        response().end('too late')
        answered()
      })
      .resume()
  })
  socket.write(UPGRADE)
  await isAsked
  socket.resetAndDestroy()
  await isAnswered
})
