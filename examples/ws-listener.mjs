// Listens with nothing but a WebSocket: one control channel, and one more WebSocket for each sender.
import { WebSocket } from 'ws'
import { createSasToken } from './sas-token.mjs'

const relay = process.argv[2] ?? 'localhost:9443'
const token = createSasToken(
  'http://localhost/demo',
  'defaultListener',
  'ELYdKLiktdbOwmY0QDqhtwZlHyny2ue10jc9uJzmFPo=',
)

const control = new WebSocket(`wss://${relay}/$hc/demo?sb-hc-action=listen`, {
  headers: { ServiceBusAuthorization: token },
})
control.on('open', () => console.log('listening'))
control.on('message', (text) => {
  const { accept } = JSON.parse(text)
  if (!accept) return
  const socket = new WebSocket(accept.address)
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
