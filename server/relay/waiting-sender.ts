import type { Duplex } from 'node:stream'

/** What a sender may send before it is answered; more waits in its own socket, bytes. */
const MAX_EARLY_BYTES = 64 * 1024

/**
 * Reads a socket that has no answer yet, so that its end is noticed, and keeps what came early. Source:
 * relay-protocol 4.1.
 */
export class WaitingSender {
  readonly #socket: Duplex
  readonly #early: Buffer[] = []
  readonly #left: () => void
  #earlyBytes = 0

  /** `left` is called once when the sender goes away while it waits. */
  constructor(socket: Duplex, left: () => void) {
    this.#socket = socket
    this.#left = () => {
      this.#stop()
      left()
    }
    socket.on('data', this.#collect)
    socket.on('end', this.#left)
    socket.on('close', this.#left)
    socket.resume()
  }

  /** Stops reading and puts what came back into the socket, behind `head`. */
  release(head: Buffer): void {
    this.#stop()
    this.#socket.pause()
    const early = Buffer.concat([head, ...this.#early])
    if (early.length > 0) this.#socket.unshift(early)
  }

  readonly #collect = (chunk: Buffer): void => {
    this.#early.push(chunk)
    this.#earlyBytes += chunk.length
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.#socket.pause()
  }

  #stop(): void {
    this.#socket.off('data', this.#collect)
    this.#socket.off('end', this.#left)
    this.#socket.off('close', this.#left)
  }
}
