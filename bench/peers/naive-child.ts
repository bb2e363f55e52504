import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { WebSocketServer, type WebSocket } from 'ws'
import { serveAsChild, type RelayOrder } from './child-server.ts'
import { joinNaively } from './naive-join.ts'

/** What one writes first: `/listener` and the next `/sender` are joined, each message is sent on. */
serveAsChild<RelayOrder>(({ transport, certificate }) => {
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
    joinNaively(socket, listener)
  })
  return server
})
