// Sends one message over a plain WebSocket and prints the answer.
import { WebSocket } from 'ws'
import { createSasToken } from './sas-token.mjs'

const relay = process.argv[2] ?? 'localhost:9443'
const token = createSasToken(
  'http://localhost/demo',
  'defaultSender',
  '32aTgbIyPy+hxr0h9RFL36shzGfmCJh2Ys9TVdI0mbc=',
)

const socket = new WebSocket(`wss://${relay}/$hc/demo?sb-hc-action=connect`, {
  headers: { ServiceBusAuthorization: token },
})
socket.onopen = () => socket.send('hello')
socket.onmessage = ({ data }) => {
  console.log(data)
  socket.close(1000)
}
