import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { within } from './deadline.ts'

const DIAL_TIMEOUT_MS = 10_000
const MAX_HEAD_BYTES = 16_384

/** One end of a tunnel, in the load generator. */
export type End = {
  readonly socket: Socket
  /** Gets every chunk that arrives. The chunk is reused: copy what has to stay. */
  consume: (chunk: Buffer) => void
}

/** A port on loopback; TLS if `ca` (PEM) is given. */
export type Target = { readonly port: number; readonly ca?: string | undefined }

/** Wraps a connected socket that somebody else opened. */
export function acceptedEnd(socket: Socket): End {
  const end: End = { socket, consume: ignore }
  socket.setNoDelay(true).on('error', ignore)
  socket.on('data', (chunk: Buffer) => end.consume(chunk))
  return end
}

/**
 * Opens a TCP or TLS connection. Over TCP it reads into one buffer of `readBytes` that it uses again
 * and again, so that reading costs the generator little. Rejects after 10 s.
 */
export async function dial({ port, ca }: Target, readBytes = 16_384): Promise<End> {
  if (ca !== undefined) {
    const socket = connectTls({ host: '127.0.0.1', port, ca, servername: 'localhost' })
    await opened(socket, 'secureConnect')
    return acceptedEnd(socket)
  }
  const callback = (length: number, bytes: Uint8Array): boolean => {
    end.consume(bytes.subarray(0, length) as Buffer)
    return true
  }
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } })
  const end: End = { socket, consume: ignore }
  await opened(socket, 'connect')
  socket.on('error', ignore)
  return end
}

/** Makes the WebSocket handshake of a client (RFC 6455 4.1). Rejects on any answer but 101. */
export async function upgrade(
  end: End,
  target: string,
  headers: readonly string[] = [],
): Promise<void> {
  const request = [
    `GET ${target} HTTP/1.1`,
    `Host: localhost:${end.socket.remotePort}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...headers,
  ]
  const head = await exchangeHead(end, `${request.join('\r\n')}\r\n\r\n`)
  if (head.startsWith('HTTP/1.1 101 ')) return
  end.socket.destroy()
  throw new Error(`the handshake was answered ${head.split('\r\n', 1)[0]}`)
}

/** Answers the handshake of a WebSocket client, as the server behind a proxy. Does not check the client. */
export async function answerUpgrade(end: End, acceptFor: (key: string) => string): Promise<void> {
  const head = await exchangeHead(end)
  const key = /^sec-websocket-key:\s*(\S+)/im.exec(head)?.[1] ?? ''
  const answer = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n`
  end.socket.write(answer)
}

/** Drops the connection and waits until it is gone. */
export async function hangUp({ socket }: End): Promise<void> {
  if (socket.closed) return
  const closed = once(socket, 'close')
  socket.destroy()
  await closed
}

async function opened(socket: Socket, event: string): Promise<void> {
  try {
    await within(once(socket, event), DIAL_TIMEOUT_MS, `a ${event} event`)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Writes `request` if there is one and collects up to the blank line; later bytes go to `consume`. */
async function exchangeHead(end: End, request?: string): Promise<string> {
  const { consume, socket } = end
  let onClose = ignore
  const head = new Promise<string>((resolve, reject) => {
    let text = ''
    onClose = () => reject(new Error('the connection ended in the handshake'))
    socket.once('close', onClose)
    end.consume = (chunk) => {
      text += chunk.toString('latin1')
      const at = text.indexOf('\r\n\r\n')
      if (at < 0 && text.length < MAX_HEAD_BYTES) return
      end.consume = consume
      resolve(text.slice(0, at))
      const rest = text.slice(at + 4)
      if (rest !== '') consume(Buffer.from(rest, 'latin1'))
    }
    if (request !== undefined) socket.write(request, 'latin1')
  })
  try {
    return await within(head, DIAL_TIMEOUT_MS, 'a WebSocket handshake')
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    socket.off('close', onClose)
  }
}

function ignore(): void {}
