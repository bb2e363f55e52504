// Messages instead of bytes: boundaries, text or binary, and Close codes are kept.
import { createWebSocketListener } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
const listener = createWebSocketListener({ connectionString })
listener.on('online', () => console.log('online'))
listener.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  socket.on('close', (code, reason) => console.log(`closed ${code} ${reason.toString()}`))
})
process.once('SIGTERM', () => listener.close())
