/** WebSocket frame headers, read from chunks cut anywhere. Source: RFC 6455 section 5.2. */

export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const

/** FIN bit of a frame's first byte. */
export const FIN = 0x80
/** The three reserved bits of a frame's first byte. */
export const RSV = 0x70

/** Longest header: 2 bytes, 8 of length, 4 of mask. */
const MAX_HEADER_BYTES = 14

/** One header. `read` fills the members; they hold until the next call. */
export class FrameHeader {
  /** FIN, RSV and opcode as on the wire. */
  firstByte = 0
  isMasked = false
  /** The four mask bytes as one little-endian number, 0 when unmasked. */
  maskKey = 0
  /** Payload bytes; not a safe integer when the sender wrote 2^53 or more. */
  payloadLength = 0
  /** False when the length could have been written with fewer bytes. */
  isShortest = true
  readonly #held = new Uint8Array(MAX_HEADER_BYTES)
  #heldLength = 0

  /** True between two chunks that share one header. */
  get isPartial(): boolean {
    return this.#heldLength > 0
  }

  get opcode(): number {
    return this.firstByte & 0x0f
  }

  get isFinal(): boolean {
    return (this.firstByte & FIN) !== 0
  }

  /** Reads one header from `chunk` at `offset`. Answers the offset behind it, or -1 when the chunk ended first. */
  read(chunk: Uint8Array, offset: number): number {
    if (this.#heldLength > 0) return this.#readOn(chunk, offset)
    const size = headerSize(chunk, offset, chunk.length)
    if (size === 0 || offset + size > chunk.length) {
      this.#held.set(chunk.subarray(offset))
      this.#heldLength = chunk.length - offset
      return -1
    }
    this.#parse(chunk, offset)
    return offset + size
  }

  #readOn(chunk: Uint8Array, offset: number): number {
    let at = offset
    while (at < chunk.length) {
      this.#held[this.#heldLength++] = chunk[at++]!
      if (headerSize(this.#held, 0, this.#heldLength) === this.#heldLength) {
        this.#heldLength = 0
        this.#parse(this.#held, 0)
        return at
      }
    }
    return -1
  }

  #parse(bytes: Uint8Array, offset: number): void {
    this.firstByte = bytes[offset]!
    const second = bytes[offset + 1]!
    const short = second & 0x7f
    let at = offset + 2
    if (short < 126) this.payloadLength = short
    else if (short === 126) {
      this.payloadLength = bytes[at]! * 256 + bytes[at + 1]!
      at += 2
    } else {
      this.payloadLength = uint32(bytes, at) * 4294967296 + uint32(bytes, at + 4)
      at += 8
    }
    this.isShortest = this.payloadLength >= (short < 126 ? 0 : short === 126 ? 126 : 65_536)
    this.isMasked = (second & 0x80) !== 0
    this.maskKey = this.isMasked
      ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
      : 0
  }
}

/** Writes an unmasked header at `offset`; answers its size (2, 4 or 10). */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  firstByte: number,
  payloadLength: number,
): number {
  target[offset] = firstByte
  if (payloadLength < 126) {
    target[offset + 1] = payloadLength
    return 2
  }
  if (payloadLength < 65_536) {
    target[offset + 1] = 126
    target[offset + 2] = payloadLength >>> 8
    target[offset + 3] = payloadLength & 0xff
    return 4
  }
  target[offset + 1] = 127
  writeUint32(target, offset + 2, Math.floor(payloadLength / 4294967296))
  writeUint32(target, offset + 6, payloadLength % 4294967296)
  return 10
}

/** An unmasked header as a buffer of its own. */
export function frameHeader(firstByte: number, payloadLength: number): Buffer {
  const header = Buffer.allocUnsafe(10)
  return header.subarray(0, writeFrameHeader(header, 0, firstByte, payloadLength))
}

/** A whole unmasked control frame; `payload` is at most 125 bytes. */
export function controlFrame(opcode: number, payload: Uint8Array): Buffer {
  return Buffer.concat([frameHeader(FIN | opcode, payload.length), payload])
}

/** Header size told by the bytes at hand, 0 while the second byte is missing. */
function headerSize(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset < 2) return 0
  const second = bytes[offset + 1]!
  const short = second & 0x7f
  return (short < 126 ? 2 : short === 126 ? 4 : 10) + (second & 0x80 ? 4 : 0)
}

function uint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 16777216 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = (value >>> 16) & 0xff
  target[at + 2] = (value >>> 8) & 0xff
  target[at + 3] = value & 0xff
}
