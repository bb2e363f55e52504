import { randomBytes } from 'node:crypto'
import { FIN, FrameHeader, RSV, frameHeader } from '../../../protocol/websocket/frame-header.ts'
import { unmaskWithin, wordsOf } from '../../../protocol/websocket/unmask.ts'
import { Unmet } from '../case.ts'

/** One frame, its mask taken off. `rsv` holds the three reserved bits as they stood in the first byte. */
export type Frame = {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  readonly payload: Buffer
}

export type FrameInput = {
  readonly opcode: number
  readonly payload?: Uint8Array | string
  readonly fin?: boolean
  readonly rsv?: number
}

/** Cases never send more in one frame; a header that says so is broken. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** Whole frames from chunks cut anywhere, masked or not. */
export class FrameParser {
  readonly #header = new FrameHeader()
  #payload: Buffer | undefined
  #filled = 0

  /** Throws an Unmet for a length that cannot be. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let at = 0
    while (at < chunk.length) {
      if (!this.#payload) {
        at = this.#header.read(chunk, at)
        if (at === -1) break
        const { payloadLength } = this.#header
        if (payloadLength > MAX_FRAME_BYTES)
          throw new Unmet(`a frame says it is ${payloadLength} bytes long`)
        this.#payload = Buffer.allocUnsafe(payloadLength)
        this.#filled = 0
      }
      const piece = chunk.subarray(at, at + this.#payload.length - this.#filled)
      piece.copy(this.#payload, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === this.#payload.length) frames.push(this.#finish(this.#payload))
    }
    return frames
  }

  #finish(payload: Buffer): Frame {
    this.#payload = undefined
    const { firstByte, isMasked, maskKey, opcode, isFinal } = this.#header
    if (isMasked) unmaskWithin(payload, wordsOf(payload), 0, 0, payload.length, maskKey)
    return { fin: isFinal, rsv: firstByte & RSV, opcode, masked: isMasked, payload }
  }
}

/** The bytes of one frame; clients mask, servers do not. */
export function frameBytes(input: FrameInput, isMasked: boolean): Buffer {
  const { opcode, payload = '', fin = true, rsv = 0 } = input
  const header = frameHeader((fin ? FIN : 0) | rsv | opcode, Buffer.byteLength(payload))
  const bytes = Buffer.from(payload)
  if (!isMasked) return Buffer.concat([header, bytes])
  const mask = randomBytes(4)
  header[1]! |= 0x80
  unmaskWithin(bytes, wordsOf(bytes), 0, 0, bytes.length, mask.readInt32LE(0))
  return Buffer.concat([header, mask, bytes])
}

/** Payload of a Close frame; empty without a code. */
export function closePayload(code?: number, reason = ''): Buffer {
  if (code === undefined) return Buffer.alloc(0)
  const text = Buffer.from(reason)
  const payload = Buffer.alloc(2 + text.length)
  payload.writeUInt16BE(code)
  text.copy(payload, 2)
  return payload
}

/** Code and reason of a Close frame, the code undefined when it had none. */
export function readClose({ payload }: Pick<Frame, 'payload'>): {
  readonly code: number | undefined
  readonly reason: string
} {
  return {
    code: payload.length < 2 ? undefined : payload.readUInt16BE(0),
    reason: payload.toString('utf8', 2),
  }
}
