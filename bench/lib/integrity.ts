import { createHash, randomBytes } from 'node:crypto'
import { closeTunnel, type Peer } from '../peers/peer.ts'
import { within } from './deadline.ts'
import { FrameScanner } from './frame-scanner.ts'
import { maskedFrame } from './frame.ts'
import { pump } from './pump.ts'

const STREAM_BYTES = 64 * 1_048_576
const TIMEOUT_MS = 60_000
/** Different frames of each size; they come round again, at offsets that fit no buffer. */
const ROUNDS = 4
/** Every length form of RFC 6455 5.2 and its edges, and frames beyond any read buffer. */
const FRAME_BYTES = [1, 125, 126, 127, 1_024, 16_384, 65_535, 65_536, 1_048_576]

/** Sends 64 MiB of frames of all sizes through a peer. Throws unless all of it comes out unchanged. */
export async function checkIntegrity(peer: Peer): Promise<void> {
  const tunnel = await peer.open()
  const sent = createHash('sha256')
  const received = createHash('sha256')
  const scanner = new FrameScanner((payload) => received.update(payload))
  let sentBytes = 0
  let sentFrames = 0
  let receivedBytes = 0
  const frames = Array.from({ length: ROUNDS }, () => FRAME_BYTES)
    .flat()
    .map((size) => randomBytes(size))
    .map((payload) => ({ payload, bytes: maskedFrame(payload) }))
  const next = (): Buffer | undefined => {
    if (sentBytes >= STREAM_BYTES) return undefined
    const { payload, bytes } = frames[sentFrames++ % frames.length]!
    sent.update(payload)
    sentBytes += payload.length
    return bytes
  }
  const arrived = new Promise<void>((resolve, reject) => {
    tunnel.listener.socket.once('close', () => reject(new Error('the tunnel ended early')))
    tunnel.listener.consume = (chunk) => {
      if (tunnel.isListenerFramed) scanner.push(chunk)
      else received.update(chunk)
      receivedBytes = tunnel.isListenerFramed ? scanner.payloadBytes : receivedBytes + chunk.length
      if (sentBytes >= STREAM_BYTES && receivedBytes >= sentBytes) resolve()
    }
  })
  try {
    pump(tunnel.sender.socket, next)
    await within(arrived, TIMEOUT_MS, `the 64 MiB check of ${peer.name}`)
  } finally {
    await closeTunnel(tunnel)
  }
  if (sent.digest('hex') !== received.digest('hex')) throw new Error('the stream came out changed')
  if (tunnel.isListenerFramed && scanner.frames !== sentFrames) {
    throw new Error(`${sentFrames} frames went in, ${scanner.frames} came out`)
  }
}
