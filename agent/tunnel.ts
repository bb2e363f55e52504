import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Joins a relayed connection and an endpoint's socket until both are gone: raw bytes both ways, at the pace of the
 * slower side. The end of one direction ends only that direction; a cut of one side cuts the other.
 */
export function joinTunnel(relayed: Duplex, socket: Socket): Promise<void> {
  relayed.pipe(socket)
  socket.pipe(relayed)
  // The cut itself is handed on by `close`; an error without a listener would end the program.
  relayed.on('error', () => {})
  socket.on('error', () => {})
  const relayedGone = whenClosed(relayed).then(() => {
    if (!isComplete(relayed)) socket.resetAndDestroy()
  })
  const socketGone = whenClosed(socket).then(() => {
    if (!isComplete(socket)) relayed.destroy()
  })
  return Promise.all([relayedGone, socketGone]).then(() => {})
}

/** True when both directions had ended in order before the stream closed. */
function isComplete(stream: Duplex): boolean {
  return stream.errored === null && stream.readableEnded && stream.writableFinished
}

function whenClosed(stream: Duplex): Promise<void> {
  if (stream.closed) return Promise.resolve()
  return new Promise((resolve) => stream.once('close', resolve))
}
