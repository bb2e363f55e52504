import { type Socket, connect } from 'node:net'

/**
 * Senders that wait for a listener: cheap connections of any number, in a process of their own because each takes a
 * file descriptor here and one at the relay. Arguments: port of the relay, hybrid connection, how many. Tells `ready`
 * by a message; a message with a number makes so many changes each second from then on: half of them leave, half come.
 */
const [port = '', path = '', count = ''] = process.argv.slice(2)
const AT_ONCE = 100
const CHANGE_INTERVAL_MS = 100
const HEAD = [
  `GET /$hc/${path} HTTP/1.1`,
  `Host: localhost:${port}`,
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'User-Agent: crowd/1.0',
  '',
  '',
].join('\r\n')

const crowd: Socket[] = []

function come(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(HEAD)
      resolve()
    })
    socket.on('error', () => resolve())
    socket.resume()
    crowd.push(socket)
  })
}

let changes: NodeJS.Timeout | undefined
process.on('message', (changesPerSecond: number) => {
  clearInterval(changes)
  const some = Math.round((changesPerSecond * CHANGE_INTERVAL_MS) / 1_000 / 2)
  changes = setInterval(() => {
    for (const socket of crowd.splice(0, some)) socket.destroy()
    for (let n = 0; n < some; n++) void come()
  }, CHANGE_INTERVAL_MS)
})
process.on('disconnect', () => process.exit())

for (let left = Number(count); left > 0; left -= AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, come))
}
process.send?.('ready')
