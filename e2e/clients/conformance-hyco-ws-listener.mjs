// The listener that `relay-emulator conformance --role listener` asks for: unmodified hyco-ws, as its samples use it.
import { createRequire } from 'node:module'

const WebSocket = createRequire(import.meta.url)('hyco-ws')
const { RELAY_WEBSOCKET_URL, RELAY_KEY_NAME, RELAY_KEY } = process.env
const uri = `${RELAY_WEBSOCKET_URL}?sb-hc-action=listen`

const server = WebSocket.createRelayedServer(
  { server: uri, token: () => WebSocket.createRelayToken(uri, RELAY_KEY_NAME, RELAY_KEY) },
  (socket) => {
    socket.onmessage = ({ data }) => socket.send(data, { binary: typeof data !== 'string' })
    socket.onerror = () => {}
  },
)
server.on('error', (error) => console.error(String(error?.message ?? error)))
process.stdin.resume().on('end', () => server.close(() => process.exit(0)))
