import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { serveAsChild, type RelayOrder } from './child-server.ts'

/** The least a relay in Node can do: sockets are joined in pairs as they come, bytes pass as they are. */
serveAsChild<RelayOrder>(({ transport, certificate }) => {
  const join = joiner()
  return transport === 'ws'
    ? createServer({ noDelay: true }, join)
    : createTlsServer({ cert: certificate.cert, key: certificate.key, noDelay: true }, join)
})

function joiner(): (socket: Socket) => void {
  let waiting: Socket | undefined
  return (socket) => {
    socket.on('error', () => {})
    const other = waiting
    waiting = other ? undefined : socket
    if (!other) return
    other.pipe(socket)
    socket.pipe(other)
    other.once('close', () => socket.destroy())
    socket.once('close', () => other.destroy())
  }
}
