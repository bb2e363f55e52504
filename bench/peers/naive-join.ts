import type { WebSocket } from 'ws'

const PAUSE_ABOVE_BYTES = 1_048_576

/** What one writes first: each message of the one is sent to the other, with pause and resume. */
export function joinNaively(one: WebSocket, other: WebSocket): void {
  relay(one, other)
  relay(other, one)
}

function relay(from: WebSocket, to: WebSocket): void {
  from.on('message', (data, isBinary) => {
    to.send(data, { binary: isBinary }, () => {
      if (from.isPaused && to.bufferedAmount <= PAUSE_ABOVE_BYTES) from.resume()
    })
    if (to.bufferedAmount > PAUSE_ABOVE_BYTES) from.pause()
  })
  from.on('close', () => to.terminate())
}
