/** A plain, slow WebSocket frame codec for tests: what the splice is compared with. */

export type Frame = {
  fin: boolean
  rsv: number
  opcode: number
  masked: boolean
  payload: Buffer
}

/** One masked frame as a client sends it. Bits above the opcode in `opcode` set RSV. */
export function clientFrame(
  opcode: number,
  payload: Buffer,
  { fin = true, mask = [0x12, 0x9a, 0x04, 0xfe] }: { fin?: boolean; mask?: number[] } = {},
): Buffer {
  const length = payload.length
  const head = [(fin ? 0x80 : 0) | opcode]
  if (length < 126) head.push(0x80 | length)
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 0xff)
  else {
    const long = Buffer.alloc(8)
    long.writeBigUInt64BE(BigInt(length))
    head.push(0x80 | 127, ...long)
  }
  const masked = Buffer.alloc(length)
  for (let i = 0; i < length; i++) masked[i] = payload[i]! ^ mask[i & 3]!
  return Buffer.concat([Buffer.from(head), Buffer.from(mask), masked])
}

/** Collects bytes and hands out whole frames in order. */
export class FrameParser {
  #chunks: Buffer[] = []
  #length = 0
  #wake: () => void = () => {}

  push(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk))
    this.#length += chunk.length
    this.#wake()
  }

  /** Bytes that are not yet handed out. */
  get pending(): number {
    return this.#length
  }

  /** Resolves once at least `count` bytes wait. */
  async bytes(count: number): Promise<void> {
    while (this.#length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Resolves with the next frame, mask taken off. */
  async frame(): Promise<Frame> {
    await this.bytes(2)
    let bytes = this.#peek(Math.min(this.#length, 14))
    const first = bytes[0]!
    const second = bytes[1]!
    const short = second & 0x7f
    const masked = (second & 0x80) !== 0
    const headLength = (short < 126 ? 2 : short === 126 ? 4 : 10) + (masked ? 4 : 0)
    await this.bytes(headLength)
    bytes = this.#peek(headLength)
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    await this.bytes(headLength + length)
    const whole = this.#take(headLength + length)
    const payload = whole.subarray(headLength)
    if (masked) {
      const mask = whole.subarray(headLength - 4, headLength)
      for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i & 3]!
    }
    return { fin: (first & 0x80) !== 0, rsv: first & 0x70, opcode: first & 0x0f, masked, payload }
  }

  #peek(count: number): Buffer {
    const first = this.#chunks[0]
    return first && first.length >= count
      ? first.subarray(0, count)
      : Buffer.concat(this.#chunks).subarray(0, count)
  }

  #take(count: number): Buffer {
    const taken: Buffer[] = []
    let left = count
    while (left > 0) {
      const first = this.#chunks[0]!
      if (first.length <= left) {
        taken.push(first)
        left -= first.length
        this.#chunks.shift()
      } else {
        taken.push(first.subarray(0, left))
        this.#chunks[0] = first.subarray(left)
        left = 0
      }
    }
    this.#length -= count
    return Buffer.concat(taken)
  }
}
