import type { Test } from 'tap'
import { type Head, type Port, type RawPeer, openRaw } from './raw-peer.ts'
import type { TestRelay } from './relay.ts'

/** Lines of a request head; `Host` is added when there is none. The body is not counted for the caller. */
export type RawRequest = {
  readonly port?: Port
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
}

/** The bytes of a request. `line` is its first line, e.g. `GET /open HTTP/1.1`. */
export function requestBytes(line: string, { headers = [], body = '' }: RawRequest = {}): Buffer {
  const host = headers.some((header) => /^host\s*:/i.test(header)) ? [] : ['Host: localhost']
  const head = Buffer.from(`${[line, ...host, ...headers].join('\r\n')}\r\n\r\n`, 'latin1')
  return Buffer.concat([head, Buffer.from(body)])
}

/** Opens a connection and writes one request. */
export async function sendRequest(
  t: Test,
  relay: TestRelay,
  line: string,
  request: RawRequest = {},
): Promise<RawPeer> {
  const peer = await openRaw(t, relay, request.port)
  peer.socket.write(requestBytes(line, request))
  return peer
}

/** Reads a response with its body by `Content-Length` or chunks. */
export async function readAnswer(peer: RawPeer): Promise<Head & { readonly text: string }> {
  const head = await peer.head()
  const length = head.header('content-length')
  if (length !== undefined) return { ...head, text: await peer.body(Number(length)) }
  if (head.header('transfer-encoding') === undefined) return { ...head, text: '' }
  let text = ''
  for (;;) {
    const chunk = await readChunk(peer)
    if (chunk === '') return { ...head, text }
    text += chunk
  }
}

/** One chunk of a chunked body; '' for the last. */
export async function readChunk(peer: RawPeer): Promise<string> {
  let size = ''
  while (!size.endsWith('\r\n')) size += await peer.body(1)
  const chunk = await peer.body(Number.parseInt(size, 16))
  await peer.body(2)
  return chunk
}
