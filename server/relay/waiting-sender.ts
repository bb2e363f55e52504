import type { Duplex } from 'node:stream'
import { type SocketHearer, SocketReader } from './socket-reader.ts'
import type { SpliceMemory } from './splice-memory.ts'

/** What a sender may send before it is answered; more waits in its own socket, bytes. */
const MAX_EARLY_BYTES = 64 * 1024

/**
 * Reads a socket that has no answer yet, so that its end is noticed, and keeps what came early. Source:
 * relay-protocol 4.1.
 */
export class WaitingSender implements SocketHearer {
  readonly #reader: SocketReader
  readonly #early: Buffer[] = []
  readonly #left: () => void
  #earlyBytes = 0
  #hasLeft = false

  /** `left` is called once when the sender goes away while it waits. */
  constructor(socket: Duplex, memory: SpliceMemory, left: () => void) {
    this.#left = left
    this.#reader = new SocketReader(socket, memory)
    this.#reader.tell(this)
  }

  /** Its socket for whoever is told what comes from now on; first what came early, behind `head`. */
  release(head: Buffer): SocketReader {
    const { socket } = this.#reader
    if (head.length > 0 || this.#early.length > 0) {
      socket.pause()
      socket.unshift(Buffer.concat([head, ...this.#early]))
    }
    return this.#reader
  }

  read(bytes: Buffer): void {
    this.#early.push(Buffer.from(bytes))
    this.#earlyBytes += bytes.length
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.#reader.socket.pause()
  }

  ended(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#left()
  }

  closed(): void {
    this.ended()
  }
}
