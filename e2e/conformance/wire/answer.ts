import { Unmet } from '../case.ts'
import type { ResponseHead } from './head.ts'
import type { Peer } from './peer.ts'

/** A whole response. */
export type Answer = ResponseHead & {
  readonly body: Buffer
  /** How the body's end was told. */
  readonly framing: 'none' | 'length' | 'chunked' | 'end'
}

/** Reads a response with its body; `method` is that of the request. */
export async function readAnswer(peer: Peer, method = 'GET', patienceMs?: number): Promise<Answer> {
  const head = await peer.head(patienceMs)
  const { status, headers } = head
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { ...head, body: Buffer.alloc(0), framing: 'none' }
  const length = headers.get('Content-Length')
  const coding = headers.get('Transfer-Encoding')
  if (length !== undefined && coding !== undefined)
    throw new Unmet('the answer has Content-Length and Transfer-Encoding')
  if (length !== undefined)
    return { ...head, body: await peer.bytes(Number(length), patienceMs), framing: 'length' }
  if (coding === undefined) return { ...head, body: await peer.rest(), framing: 'end' }
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = await readChunk(peer, patienceMs)
    if (chunk.length === 0) return { ...head, body: Buffer.concat(chunks), framing: 'chunked' }
    chunks.push(chunk)
  }
}

/** One chunk of a chunked body; an empty one is the last. */
export async function readChunk(peer: Peer, patienceMs?: number): Promise<Buffer> {
  const size = Number.parseInt(await peer.line('a chunk', patienceMs), 16)
  if (!Number.isInteger(size)) throw new Unmet('a chunk has no size')
  const chunk = size === 0 ? Buffer.alloc(0) : await peer.bytes(size, patienceMs)
  await peer.line('the end of a chunk', patienceMs)
  return chunk
}
