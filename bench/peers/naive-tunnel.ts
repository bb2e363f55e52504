import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Transport } from './peer.ts'

/** What the benchmark tells the naive ends of a tunnel. */
export type NaiveEndOrder = {
  readonly role: 'agent' | 'forwarder'
  readonly relayPort: number
  readonly transport: Transport
  /** Of the relay, PEM. */
  readonly ca: string
  readonly endpointPort: number
}

const PAUSE_ABOVE_BYTES = 1_048_576

/** What one writes first: what one read brings is a message, and each message is a write, with pause and resume. */
export function joinTcp(ws: WebSocket, socket: Socket): void {
  ws.on('message', (data: Buffer) => {
    if (!socket.write(data)) ws.pause()
  })
  socket.on('drain', () => ws.resume())
  socket.on('data', (chunk: Buffer) => {
    ws.send(chunk, () => {
      if (socket.isPaused() && ws.bufferedAmount <= PAUSE_ABOVE_BYTES) socket.resume()
    })
    if (ws.bufferedAmount > PAUSE_ABOVE_BYTES) socket.pause()
  })
  ws.on('error', () => {}).on('close', () => socket.destroy())
  socket.on('error', () => {}).on('close', () => ws.terminate())
}
