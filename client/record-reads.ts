import type { FrameMemory } from './frame-memory.ts'
import type { HeldReads } from './reads.ts'

/** What one record brings at most, bytes (RFC 8446 5.1). */
export const RECORD_BYTES = 16_384
/** Records of at least this many bytes are handed on together, once per turn of the loop. */
const MIN_GATHERED_BYTES = 4_096

/**
 * The reads of one TLS connection. They come record by record and all land in one place, which all connections share
 * because each is dealt with before the next one of any comes; what one turn of the loop brings is put together in a
 * piece of the client's memory. A connection without traffic holds nothing.
 */
export class RecordReads implements HeldReads {
  consume: (chunk: Buffer) => void = () => {}
  readonly onread: HeldReads['onread']
  readonly #memory: FrameMemory
  #piece: Buffer | undefined
  #filled = 0
  #isDeferred = false
  #isHeld = false
  readonly #held: Buffer[] = []

  /** `place` has {@link RECORD_BYTES}; connections may share it. */
  constructor(memory: FrameMemory, place: Buffer) {
    this.#memory = memory
    this.onread = {
      buffer: place,
      callback: (bytes) => {
        this.#gather(place, bytes)
        return true
      },
    }
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    for (const piece of this.#held) this.#memory.giveBack(piece)
    this.#held.length = 0
  }

  flush(): void {
    const piece = this.#piece
    if (!piece) return
    this.#piece = undefined
    this.#isHeld = false
    this.consume(piece.subarray(0, this.#filled))
    if (this.#isHeld) this.#held.push(piece)
    else this.#memory.giveBack(piece)
  }

  #gather(place: Buffer, bytes: number): void {
    for (let at = 0; at < bytes;) {
      const piece = this.#piece ?? this.#begin()
      const count = Math.min(bytes - at, piece.length - this.#filled)
      place.copy(piece, this.#filled, at, at + count)
      at += count
      this.#filled += count
      if (this.#filled === piece.length) this.flush()
    }
    if (this.#isDeferred) return
    if (bytes < MIN_GATHERED_BYTES) return this.flush()
    this.#isDeferred = true
    setImmediate(flushDeferred, this)
  }

  /** At the end of the turn. */
  flushDeferred(): void {
    this.#isDeferred = false
    this.flush()
  }

  #begin(): Buffer {
    this.#filled = 0
    return (this.#piece = this.#memory.takePiece())
  }
}

/** A function of its own costs idle connections nothing. */
function flushDeferred(reads: RecordReads): void {
  reads.flushDeferred()
}
