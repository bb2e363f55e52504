import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import type { Test } from 'tap'
import { type ClientFrame, readClientFrames } from './server-frames.ts'

/** One connection to a {@link RawRelay}. */
export type RawConnection = {
  readonly socket: Socket
  /** The handshake as it came. */
  readonly request: string
  /** Bytes behind the handshake. */
  received(): Buffer
  /** Frames behind the handshake. */
  frames(): readonly ClientFrame[]
  /** Resolves when the frames so far satisfy the condition. */
  until(condition: (frames: readonly ClientFrame[]) => boolean): Promise<readonly ClientFrame[]>
}

export type RawRelay = {
  readonly url: string
  readonly port: number
  next(): Promise<RawConnection>
}

/** Answer to a handshake; `$KEY` stands for the right Sec-WebSocket-Accept. */
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: $KEY\r\n\r\n'

/** A relay that answers every handshake with `answer` and `extra` behind it in the same write, and ends with the test. */
export async function startRawRelay(
  t: Test,
  { answer = SWITCHING, extra = Buffer.alloc(0) }: { answer?: string; extra?: Buffer } = {},
): Promise<RawRelay> {
  const waiting: RawConnection[] = []
  const takers: ((connection: RawConnection) => void)[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let bytes = Buffer.alloc(0)
    let request: string | undefined
    let wake = () => {}
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      const end = request === undefined ? bytes.indexOf('\r\n\r\n') : -1
      if (end === -1) return wake()
      request = bytes.toString('latin1', 0, end)
      bytes = bytes.subarray(end + 4)
      const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? ''
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64')
      socket.write(Buffer.concat([Buffer.from(answer.replace('$KEY', accept)), extra]))
      const connection: RawConnection = {
        socket,
        request,
        received: () => bytes,
        frames: () => readClientFrames(bytes),
        async until(condition) {
          while (!condition(readClientFrames(bytes))) {
            await new Promise<void>((resolve) => (wake = resolve))
          }
          return readClientFrames(bytes)
        },
      }
      const taker = takers.shift()
      if (taker) taker(connection)
      else waiting.push(connection)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `ws://127.0.0.1:${port}/$hc/hyco?sb-hc-action=connect`,
    next: () => {
      const connection = waiting.shift()
      return connection
        ? Promise.resolve(connection)
        : new Promise((resolve) => takers.push(resolve))
    },
  }
}
