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

/**
 * Reads a body that may fit into a control message; a longer or slower one stays in its socket, and so does one whose
 * sender leaves.
 */
export async function collectBody(
  request: IncomingMessage,
  collectMs = COLLECT_MS,
): Promise<RequestBody> {
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
    const timer = setTimeout(() => settle(false), collectMs)
    request.on('data', collect).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
  const bytes = Buffer.concat(chunks)
  return isWhole ? { kind: 'whole', bytes } : { kind: 'streaming', begun: bytes }
}

export type Pump = {
  readonly request: IncomingMessage
  readonly body: Exclude<RequestBody, { kind: 'none' }>
  readonly rendezvous: Pick<RequestRendezvous, 'sendPart'>
  /** True when the listener wants no more: the rest is read and forgotten. */
  readonly isStopped: () => boolean
  /** Told when the sender is waited for, and when it no longer is. */
  readonly onReading: (isReading: boolean) => void
  /** Told the bytes of each piece that the listener's socket has taken. */
  readonly onProgress: (bytes: number) => void
}

/** Writes a body to a rendezvous as one binary message, as fast as the listener takes it. */
export async function pumpBody(pump: Pump): Promise<void> {
  const { request, body, rendezvous, isStopped, onReading, onProgress } = pump
  const send = async (bytes: Buffer, isFinal: boolean) => {
    if (isStopped()) return
    await rendezvous.sendPart(bytes, isFinal)
    onProgress(bytes.length)
  }
  if (body.kind === 'whole') return send(body.bytes, true)
  if (body.begun.length > 0) await send(body.begun, false)
  onReading(true)
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      onReading(false)
      await send(chunk as Buffer, false)
      onReading(true)
    }
  } catch {
    // The sender broke off, which its connection's `close` tells.
    return
  } finally {
    onReading(false)
  }
  await send(Buffer.alloc(0), true)
}

/**
 * Reads away what nobody wants of a body, so that its connection can carry the next request; ends the connection when
 * that takes more than `maxMs`.
 */
export function discardBody(request: IncomingMessage, maxMs: number): void {
  if (request.readableEnded || request.destroyed) return
  const timer = setTimeout(() => request.socket.destroy(), maxMs)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
  request.on('error', () => {})
  request.resume()
}
