/** Frames up to this size, header included, may use a piece that is kept, bytes: what one read brings, and a header. */
const PIECE_BYTES = 65_536 + 64
/** Smaller ones are cheap to come by. */
const MIN_BYTES = 2_048
/** Pieces that are kept: as many as one busy connection has on their way, bytes over all some 512 KiB. */
const MAX_KEPT = 8

/**
 * Memory for the frames that a client writes, in pieces that serve all its connections again and again, which spares an
 * allocation for each frame.
 */
export class FrameMemory {
  readonly #kept: Buffer[] = []

  /** Memory of `bytes` or more. */
  take(bytes: number): Buffer {
    if (bytes < MIN_BYTES || bytes > PIECE_BYTES) return Buffer.allocUnsafe(bytes)
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
  }

  /** Takes back what a frame lay in that nobody needs any more. */
  giveBack(frame: Buffer): void {
    const { buffer } = frame
    if (buffer.byteLength === PIECE_BYTES && this.#kept.length < MAX_KEPT) {
      this.#kept.push(Buffer.from(buffer))
    }
  }
}
