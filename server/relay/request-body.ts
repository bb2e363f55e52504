import type { IncomingMessage } from 'node:http'
import { MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import type { RequestRendezvous } from './request-rendezvous.ts'

/** A sender's body: none, all of it, or its beginning while the rest is still to be read from the request. */
export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'streaming'; readonly begun: Buffer }

/** How long a body may take to come before it is streamed, ms. Source: relay-protocol 5.4. */
const COLLECT_MS = 1_000

/** Reads a body that may fit into a control message; a longer or slower one stays in its socket. */
export async function collectBody(request: IncomingMessage): Promise<RequestBody> {
  const length = request.headers['content-length']
  const isChunked = request.headers['transfer-encoding'] !== undefined
  if (!isChunked && (length === undefined || Number(length) === 0)) return { kind: 'none' }
  if (Number(length) > MAX_CONTROL_MESSAGE_BYTES) {
    return { kind: 'streaming', begun: Buffer.alloc(0) }
  }
  const chunks: Buffer[] = []
  let size = 0
  const isWhole = await new Promise<boolean>((resolve) => {
    const settle = (whole: boolean) => {
      clearTimeout(timer)
      request.off('data', collect).off('end', onEnd).off('close', onClose).off('error', onClose)
      request.pause()
      resolve(whole)
    }
    const collect = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_CONTROL_MESSAGE_BYTES) settle(false)
    }
    const onEnd = () => settle(true)
    const onClose = () => settle(false)
    const timer = setTimeout(() => settle(false), COLLECT_MS)
    request.on('data', collect).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
  const bytes = Buffer.concat(chunks)
  return isWhole ? { kind: 'whole', bytes } : { kind: 'streaming', begun: bytes }
}

/**
 * Writes a body to a rendezvous as one binary message, as fast as the listener takes it, until it ends, the sender
 * breaks off, or `isStopped`. `onProgress` is told the bytes of each piece.
 */
export async function pumpBody(options: {
  readonly request: IncomingMessage
  readonly body: Exclude<RequestBody, { kind: 'none' }>
  readonly rendezvous: RequestRendezvous
  readonly isStopped: () => boolean
  readonly onProgress: (bytes: number) => void
}): Promise<void> {
  const { request, body, rendezvous, isStopped, onProgress } = options
  const send = async (bytes: Buffer, isFinal: boolean) => {
    await rendezvous.sendPart(bytes, isFinal)
    onProgress(bytes.length)
  }
  if (body.kind === 'whole') return send(body.bytes, true)
  if (body.begun.length > 0) await send(body.begun, false)
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (isStopped()) return
      await send(chunk as Buffer, false)
    }
  } catch {
    // The sender broke off; the `close` of its response tells.
    return
  }
  if (!isStopped()) await send(Buffer.alloc(0), true)
}
