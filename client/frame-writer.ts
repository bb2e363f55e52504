import { writeFrameHeader } from '../protocol/websocket/frame-header.ts'
import type { Masker } from './masking.ts'

/** Longest header of a client frame: 2 bytes, 8 of length, 4 of mask. */
const MAX_HEADER_BYTES = 14
const MASK_BIT = 0x80

/** One masked frame around `parts`, in as few buffers as can be: two when a zero mask leaves the payload as it is. */
export function clientFrame(
  firstByte: number,
  parts: readonly Uint8Array[],
  masker: Masker,
): readonly Uint8Array[] {
  const length = parts.reduce((total, part) => total + part.length, 0)
  const key = masker.nextKey()
  if (key === 0) {
    const header = Buffer.allocUnsafe(MAX_HEADER_BYTES)
    return [header.subarray(0, writeHeader(header, firstByte, length, key)), ...parts]
  }
  const frame = Buffer.allocUnsafe(MAX_HEADER_BYTES + length)
  const headerBytes = writeHeader(frame, firstByte, length, key)
  let phase = 0
  for (const part of parts) {
    masker.mask(part, key, frame, headerBytes + phase, phase)
    phase += part.length
  }
  return [frame.subarray(0, headerBytes + length)]
}

function writeHeader(target: Buffer, firstByte: number, length: number, key: number): number {
  const bytes = writeFrameHeader(target, 0, firstByte, length)
  target[1]! |= MASK_BIT
  target.writeInt32LE(key, bytes)
  return bytes + 4
}
