import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How long a peer may go on writing behind the refusal it has not read yet, ms. */
const LINGER_MS = 1_000

/**
 * Answers what is not HTTP, or comes with too large a head or too slowly, with 400, 431 or 408. Node itself destroys
 * the socket right behind the answer, which then does not get through a TLS socket whose peer still writes.
 */
export function refuseBrokenRequests(server: Server): void {
  const responses = new WeakMap<Socket, ServerResponse[]>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const unfinished = responses.get(socket)
    if (!unfinished) return void responses.set(socket, [response])
    while (unfinished[0]?.closed) unfinished.shift()
    unfinished.push(response)
  })
  const isMidAnswer = (socket: Socket) =>
    responses.get(socket)?.some(({ headersSent, closed }) => headersSent && !closed)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // The parser complains again of whatever follows.
    if (socket.writableEnded && !socket.destroyed) return
    if (error.code === 'ECONNRESET' || !socket.writable || isMidAnswer(socket)) {
      socket.destroy(error)
      return
    }
    const status = STATUS.get(error.code ?? '') ?? 400
    const reason = STATUS_CODES[status] ?? ''
    socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    timer.unref()
    socket.once('end', () => socket.destroy())
    socket.once('close', () => clearTimeout(timer))
  })
}

const STATUS: ReadonlyMap<string, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
])
