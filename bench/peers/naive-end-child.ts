import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { WebSocket } from 'ws'
import { serveAsChild } from './child-server.ts'
import { joinTcp, type NaiveEndOrder } from './naive-tunnel.ts'

/** Either end of a tunnel built from ws. The agent opens no port; that of the forwarder answers for both. */
serveAsChild<NaiveEndOrder>(async (order) => {
  if (order.role === 'agent') await offer(order)
  return createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on('error', () => {})
    const ws = dial(order, '/sender')
    ws.once('open', () => {
      joinTcp(ws, socket)
      socket.resume()
    })
  })
})

/** Keeps one WebSocket at the relay ready; when it is used, the next one follows. */
async function offer(order: NaiveEndOrder): Promise<void> {
  const ws = dial(order, '/listener')
  await once(ws, 'open')
  const socket = connect({ port: order.endpointPort, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  joinTcp(ws, socket)
  let isUsed = false
  const onUse = () => {
    if (!isUsed) void offer(order)
    isUsed = true
  }
  ws.once('message', onUse)
  socket.once('data', onUse)
}

function dial({ transport, relayPort, ca }: NaiveEndOrder, path: string): WebSocket {
  const options = { ca, servername: 'localhost', perMessageDeflate: false }
  return new WebSocket(`${transport}://127.0.0.1:${relayPort}${path}`, options).on(
    'error',
    () => {},
  )
}
