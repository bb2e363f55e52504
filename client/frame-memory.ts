/** Longest header of a client frame, bytes: 2, 8 of length, 4 of mask. */
export const MAX_HEADER_BYTES = 14
/** Size of the pieces that are kept, bytes: four full records of TLS. */
const PIECE_BYTES = 64 * 1024
/** A frame of so many bytes fills a piece with its header. */
export const FULL_FRAME_BYTES = PIECE_BYTES - MAX_HEADER_BYTES
/** Smaller ones are cheap to come by. */
const MIN_BYTES = 2_048
/** Pieces that are kept: as many as some busy connections have on their way, bytes over all 1 MiB. */
const MAX_KEPT = 16

/**
 * Memory for what is on its way through a client, in pieces that serve all its connections again and again: the frames
 * that it writes, and what it has read of tunnels over TLS. It spares an allocation for each.
 */
export class FrameMemory {
  readonly #kept: Buffer[] = []
  /** Its own pieces: Node's pool for small buffers is as large in some versions. */
  readonly #pieces = new WeakSet<ArrayBufferLike>()

  /** Memory of `bytes` or more. */
  take(bytes: number): Buffer {
    if (bytes < MIN_BYTES || bytes > PIECE_BYTES) return Buffer.allocUnsafe(bytes)
    return this.takePiece()
  }

  /** The largest piece that is kept. */
  takePiece(): Buffer {
    return this.#kept.pop() ?? this.#newPiece()
  }

  /** Takes back what nobody needs any more: a piece, or a frame that lies in one. */
  giveBack({ buffer }: Buffer): void {
    if (this.#kept.length < MAX_KEPT && this.#pieces.has(buffer)) {
      this.#kept.push(Buffer.from(buffer))
    }
  }

  #newPiece(): Buffer {
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
    this.#pieces.add(piece.buffer)
    return piece
  }
}
