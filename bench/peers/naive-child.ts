import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { WebSocketServer, type WebSocket } from 'ws'
import { serveAsChild } from './child-server.ts'

const PAUSE_ABOVE_BYTES = 1_048_576

/** What one writes first: `/listener` and the next `/sender` are joined, each message is sent on. */
serveAsChild(({ transport, certificate }) => {
  const server =
    transport === 'ws'
      ? createServer()
      : createTlsServer({ cert: certificate.cert, key: certificate.key })
  const waiting: WebSocket[] = []
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => {})
    if (request.url === '/listener') return void waiting.push(socket)
    const listener = waiting.shift()
    if (!listener) return socket.close(1013)
    relay(socket, listener)
    relay(listener, socket)
  })
  return server
})

function relay(from: WebSocket, to: WebSocket): void {
  from.on('message', (data, isBinary) => {
    to.send(data, { binary: isBinary }, () => {
      if (from.isPaused && to.bufferedAmount <= PAUSE_ABOVE_BYTES) from.resume()
    })
    if (to.bufferedAmount > PAUSE_ABOVE_BYTES) from.pause()
  })
  from.on('close', () => to.terminate())
}
