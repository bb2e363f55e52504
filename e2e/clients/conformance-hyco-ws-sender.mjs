// The sender that `relay-emulator conformance --role sender` asks for: unmodified hyco-ws, as its samples use it.
import { createRequire } from 'node:module'
import { buffer } from 'node:stream/consumers'

const WebSocket = createRequire(import.meta.url)('hyco-ws')
const { RELAY_WEBSOCKET_URL, RELAY_KEY_NAME, RELAY_KEY } = process.env
const uri = `${RELAY_WEBSOCKET_URL}?sb-hc-action=connect`
const input = await buffer(process.stdin)
let left = input.length

const token = WebSocket.createRelayToken(uri, RELAY_KEY_NAME, RELAY_KEY)
const socket = WebSocket.relayedConnect(uri, token, () => socket.send(input, { binary: true }))
socket.onmessage = ({ data }) => {
  process.stdout.write(data)
  left -= data.length
  if (left <= 0) socket.close(1000)
}
socket.onclose = ({ code }) => {
  if (left <= 0) return
  console.error(`closed with ${code}`)
  process.exitCode = 1
}
socket.onerror = (error) => {
  console.error(error.message)
  process.exitCode = 1
}
