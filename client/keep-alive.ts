import { PING_INTERVAL_MS } from '../protocol/limits.ts'
import type { FrameSocket } from './frame-socket.ts'

const NOTHING = Buffer.alloc(0)

/**
 * Pings a tunnel so often that no load balancer takes it for dead (Azure's cuts after some 4 minutes of silence,
 * relay-protocol 4.7). Answers the function that stops it.
 */
export function keepAlive(frames: FrameSocket): () => void {
  const timer = setInterval(() => frames.ping(NOTHING), PING_INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
