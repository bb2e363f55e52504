// A listener as the official samples write it: unmodified hyco-ws, which echoes every message.
// argv: listen URI, rule name, key. Prints one line of JSON per event; ends when its standard input does.
import { createRequire } from 'node:module'

const WebSocket = createRequire(import.meta.url)('hyco-ws')
const [uri, keyName, key] = process.argv.slice(2)
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

const server = WebSocket.createRelayedServer(
  { server: uri, token: () => WebSocket.createRelayToken(uri, keyName, key) },
  (socket) => {
    say({ event: 'connection' })
    socket.onmessage = ({ data }) => socket.send(data, { binary: typeof data !== 'string' })
    socket.onclose = ({ code, reason }) => say({ event: 'closed', code, reason })
  },
)
server.on('listening', () => say({ event: 'listening' }))
server.on('error', () => say({ event: 'error' }))
process.stdin.resume().on('end', () => process.exit(0))
