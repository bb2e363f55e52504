import { xor } from './frame.ts'

const LONGEST_HEADER_BYTES = 14

/**
 * Counts the frames of a byte stream, however it was cut into chunks. Reads headers only and skips
 * the payload, so it costs a few nanoseconds per frame; `onPayload` gets the unmasked payload.
 */
export class FrameScanner {
  /** Frames that arrived whole. */
  frames = 0
  payloadBytes = 0
  readonly #onPayload: ((payload: Buffer) => void) | undefined
  readonly #header = Buffer.alloc(LONGEST_HEADER_BYTES)
  #headerHas = 0
  #payloadLeft = 0
  #payloadDone = 0
  #mask: Buffer | undefined

  constructor(onPayload?: (payload: Buffer) => void) {
    this.#onPayload = onPayload
  }

  /** Takes the next bytes of the stream. The chunk may be reused afterwards. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) at = this.#takePayload(chunk, at)
      else if (this.#headerHas === 0 && chunk.length - at >= LONGEST_HEADER_BYTES)
        at += this.#open(chunk, at)
      else at = this.#takeHeaderByte(chunk, at)
    }
  }

  #takePayload(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#payloadLeft)
    const piece = end - at
    if (this.#onPayload) {
      const payload = chunk.subarray(at, end)
      this.#onPayload(this.#mask ? xor(payload, this.#mask, this.#payloadDone) : payload)
    }
    this.payloadBytes += piece
    this.#payloadDone += piece
    this.#payloadLeft -= piece
    if (this.#payloadLeft === 0) this.frames++
    return end
  }

  /** Near the end of a chunk: collects byte by byte until the header is whole. */
  #takeHeaderByte(chunk: Buffer, at: number): number {
    this.#header[this.#headerHas++] = chunk[at]!
    if (this.#headerHas >= 2 && this.#headerHas === wholeHeader(this.#header[1]!)) {
      this.#headerHas = 0
      this.#open(this.#header, 0)
    }
    return at + 1
  }

  /** Starts the frame whose whole header lies at `at`; answers the length of the header. */
  #open(bytes: Buffer, at: number): number {
    const second = bytes[at + 1]!
    const short = second & 0x7f
    const header = wholeHeader(second)
    this.#payloadLeft =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2))
    this.#payloadDone = 0
    if (this.#onPayload) {
      this.#mask =
        second >= 0x80 ? Buffer.from(bytes.subarray(at + header - 4, at + header)) : undefined
    }
    if (this.#payloadLeft === 0) this.frames++
    return header
  }
}

function wholeHeader(second: number): number {
  const short = second & 0x7f
  return (short < 126 ? 2 : short === 126 ? 4 : 10) + (second >= 0x80 ? 4 : 0)
}
