// A sender as the official samples write it: unmodified hyco-ws, which sends each message once the one before came back.
// argv: send URI, rule name (or '' for none), key, then the messages; `bytes:N` is a binary message of N bytes.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const WebSocket = createRequire(import.meta.url)('hyco-ws')
const [uri, keyName, key, ...messages] = process.argv.slice(2)
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
const sha = (data) => createHash('sha256').update(data).digest('hex')
const payload = (text) =>
  text.startsWith('bytes:') ? Buffer.alloc(Number(text.slice(6)), 'relay') : text

const token = keyName === '' ? null : WebSocket.createRelayToken(uri, keyName, key)
const socket = WebSocket.relayedConnect(uri, token, next)
let index = 0
socket.onmessage = ({ data }) => {
  say({
    event: 'message',
    text: typeof data === 'string' ? data : null,
    size: data.length,
    sha: sha(data),
  })
  next()
}
socket.onclose = ({ code }) => say({ event: 'closed', code })
socket.onerror = (error) => say({ event: 'error', message: error.message })

function next() {
  const text = messages[index++]
  if (text === undefined) return socket.close(1000, 'done')
  const data = payload(text)
  say({ event: 'sent', size: data.length, sha: sha(data) })
  socket.send(data, { binary: typeof data !== 'string' })
}
