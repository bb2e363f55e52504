import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { serveAsChild, type GuardedRelayOrder } from './child-server.ts'
import { joinNaively } from './naive-join.ts'

const WAIT_MS = 30_000

/** A sender whose upgrade has not been answered yet. */
type Waiting = {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly timer: NodeJS.Timeout
}

/**
 * The job that a connect is, done the obvious way with ws: a control channel, tokens checked, an accept message with
 * an address for one use, the sender's upgrade held until the listener's comes. No router, log, metrics or events.
 */
serveAsChild<GuardedRelayOrder>(({ transport, certificate, key }) => {
  const { cert, key: privateKey } = certificate
  const server = transport === 'ws' ? createServer() : createTlsServer({ cert, key: privateKey })
  const sockets = new WebSocketServer({ noServer: true })
  const waiting = new Map<string, Waiting>()
  let channel: WebSocket | undefined

  const upgraded = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    new Promise<WebSocket>((resolve) =>
      sockets.handleUpgrade(request, socket, head, (open) => resolve(open.on('error', () => {}))),
    )
  const connect = (request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): void => {
    if (!channel) return refuse(socket, '404 Not Found')
    const id = url.searchParams.get('sb-hc-id') ?? randomUUID()
    const secret = randomUUID()
    const timer = setTimeout(() => {
      waiting.delete(secret)
      refuse(socket, '404 Not Found')
    }, WAIT_MS)
    waiting.set(secret, { request, socket, head, timer })
    const scheme = transport === 'ws' ? 'ws' : 'wss'
    const address = `${scheme}://${request.headers.host}${url.pathname}?sb-hc-action=accept&sb-hc-id=${secret}`
    const { remoteAddress, remotePort } = request.socket
    const remoteEndpoint = { address: remoteAddress, port: remotePort }
    const connectHeaders = { ...request.headers, servicebusauthorization: undefined }
    channel.send(JSON.stringify({ accept: { address, id, connectHeaders, remoteEndpoint } }))
  }
  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer, url: URL) => {
    const secret = url.searchParams.get('sb-hc-id') ?? ''
    const sender = waiting.get(secret)
    if (!sender) return refuse(socket, '403 Forbidden')
    waiting.delete(secret)
    clearTimeout(sender.timer)
    joinNaively(
      await upgraded(sender.request, sender.socket, sender.head),
      await upgraded(request, socket, head),
    )
  }

  server.on('upgrade', async (request, socket, head) => {
    socket.on('error', () => {})
    const url = new URL(request.url ?? '/', 'http://localhost')
    const action = url.searchParams.get('sb-hc-action')
    if (action === 'accept') return accept(request, socket, head, url)
    if (!isGenuine(request.headers['servicebusauthorization'], key)) {
      return refuse(socket, '401 Unauthorized')
    }
    if (action === 'listen') channel = await upgraded(request, socket, head)
    else connect(request, socket, head, url)
  })
  return server
})

/** A SharedAccessSignature that this key made and that has not expired. */
function isGenuine(token: string | string[] | undefined, key: string): boolean {
  const fields = new Map(
    String(token)
      .replace(/^SharedAccessSignature /, '')
      .split('&')
      .map((part) => part.split('=', 2) as [string, string]),
  )
  const expiry = fields.get('se') ?? ''
  const given = Buffer.from(decodeURIComponent(fields.get('sig') ?? ''), 'base64')
  const expected = createHmac('sha256', key)
    .update(`${fields.get('sr')}\n${expiry}`)
    .digest()
  return (
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    Number(expiry) * 1_000 > Date.now()
  )
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
