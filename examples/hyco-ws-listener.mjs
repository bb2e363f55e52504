// Listens with Microsoft's hyco-ws and sends every message back.
import WebSocket from 'hyco-ws'

const uri =
  process.argv[2] ?? WebSocket.createRelayListenUri('local-relay.servicebus.windows.net', 'demo')
const keyName = 'defaultListener'
const key = 'ELYdKLiktdbOwmY0QDqhtwZlHyny2ue10jc9uJzmFPo=' // published: the same on every machine

const server = WebSocket.createRelayedServer(
  { server: uri, token: () => WebSocket.createRelayToken(uri, keyName, key) },
  (socket) => {
    socket.onmessage = ({ data }) => socket.send(`echo: ${data}`)
  },
)
server.on('listening', () => console.log(`listening at ${uri}`))
server.on('error', (error) => console.error(error))
