import type { HeldReads } from './reads.ts'

/** What the first read brings at most, bytes: most tunnels are quiet most of the time. */
const FIRST_BYTES = 1_024
/** What later ones bring at most, once the first have been filled, bytes. */
const FULL_BYTES = 65_536
/** Pieces that are kept for use once more. */
const MAX_FREE = 4

/**
 * Memory for the reads of one socket of ours: the same piece again and again, handed to node:net as `onread`. Whoever
 * still needs what lies in it says so, and gets it left alone until `release`.
 */
export class ReadMemory implements HeldReads {
  /** Gets each piece that is read; a view that holds until it returns. */
  consume: (chunk: Buffer) => void = () => {}
  #current: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #isFull = false
  #isHeld = false
  readonly #held: Buffer[] = []
  readonly #free: Buffer[] = []

  /** The option of `net.connect`. */
  readonly onread = {
    buffer: (): Buffer => this.#next(),
    callback: (bytes: number): boolean => {
      this.#isFull = bytes === this.#current.length
      this.consume(this.#current.subarray(0, bytes))
      return true
    },
  }

  /** What the last read brought stays as it is. */
  hold(): void {
    this.#isHeld = true
  }

  /** Nobody needs anything of what was held. */
  release(): void {
    if (this.#held.length === 0) return
    this.#free.push(...this.#held.splice(0, MAX_FREE - this.#free.length))
    this.#held.length = 0
  }

  flush(): void {}

  /** Called after each read. */
  #next(): Buffer {
    const isSmall = this.#current.length < FULL_BYTES
    if (this.#isHeld && !isSmall) this.#held.push(this.#current)
    if (this.#isHeld || (this.#isFull && isSmall)) {
      this.#current = this.#free.pop() ?? Buffer.allocUnsafeSlow(FULL_BYTES)
    }
    this.#isHeld = false
    return this.#current
  }
}
