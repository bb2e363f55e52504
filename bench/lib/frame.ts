import { randomBytes } from 'node:crypto'

/** Opcode 2, final. */
const BINARY_FINAL = 0x82
const MASKED = 0x80

/** Header of one final binary frame (RFC 6455 5.2). `mask` is four bytes; without it the frame is a server's. */
export function frameHeader(payloadBytes: number, mask?: Buffer): Buffer {
  const bit = mask ? MASKED : 0
  const header = Buffer.allocUnsafe(headerBytes(payloadBytes, mask !== undefined))
  header[0] = BINARY_FINAL
  if (payloadBytes < 126) {
    header[1] = bit | payloadBytes
  } else if (payloadBytes < 65_536) {
    header[1] = bit | 126
    header.writeUInt16BE(payloadBytes, 2)
  } else {
    header[1] = bit | 127
    header.writeBigUInt64BE(BigInt(payloadBytes), 2)
  }
  mask?.copy(header, header.length - 4)
  return header
}

/** One masked frame as a WebSocket client sends it. */
export function maskedFrame(payload: Buffer): Buffer {
  const mask = randomBytes(4)
  return Buffer.concat([frameHeader(payload.length, mask), xor(payload, mask, 0)])
}

/** Prebuilt frames that are written at once. */
export type FrameBatch = { readonly bytes: Buffer; readonly payloadBytes: number }

/** As many equal masked frames of `payloadBytes` random bytes as fit into `bytes`, at least one. */
export function frameBatch(payloadBytes: number, bytes: number): FrameBatch {
  const frame = maskedFrame(randomBytes(payloadBytes))
  const count = Math.max(1, Math.floor(bytes / frame.length))
  return {
    bytes: Buffer.concat(Array.from({ length: count }, () => frame)),
    payloadBytes: count * payloadBytes,
  }
}

/** A copy of `payload` under `mask`, when `offset` bytes of the frame's payload went before. */
export function xor(payload: Buffer, mask: Buffer, offset: number): Buffer {
  const out = Buffer.from(payload)
  for (let i = 0; i < out.length; i++) out[i] = out[i]! ^ mask[(offset + i) & 3]!
  return out
}

function headerBytes(payloadBytes: number, isMasked: boolean): number {
  const length = payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10
  return isMasked ? length + 4 : length
}
