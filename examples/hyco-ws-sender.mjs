// Sends one message with Microsoft's hyco-ws and prints the answer.
import WebSocket from 'hyco-ws'

const uri =
  process.argv[2] ?? WebSocket.createRelaySendUri('local-relay.servicebus.windows.net', 'demo')
const keyName = 'defaultSender'
const key = '32aTgbIyPy+hxr0h9RFL36shzGfmCJh2Ys9TVdI0mbc='

const token = WebSocket.createRelayToken(uri, keyName, key)
const socket = WebSocket.relayedConnect(uri, token, () => socket.send('hello'))
socket.onmessage = ({ data }) => {
  console.log(data)
  socket.close(1000)
}
socket.onerror = (error) => console.error(error.message)
