import { FrameScanner } from './frame-scanner.ts'

/** What came out of a tunnel so far. */
export type Arrivals = {
  readonly frames: number
  readonly payloadBytes: number
  push(chunk: Buffer): void
}

/** Counts frames; behind a gateway there are none, so `frameBytes` of payload count as one. */
export function countArrivals(isFramed: boolean, frameBytes: number): Arrivals {
  if (isFramed) return new FrameScanner()
  let payloadBytes = 0
  return {
    get frames() {
      return Math.floor(payloadBytes / frameBytes)
    },
    get payloadBytes() {
      return payloadBytes
    },
    push: (chunk) => {
      payloadBytes += chunk.length
    },
  }
}
