import { writeFrameHeader } from '../protocol/websocket/frame-header.ts'
import { type FrameMemory, MAX_HEADER_BYTES } from './frame-memory.ts'
import type { Masker } from './masking.ts'

const MASK_BIT = 0x80

/** One masked frame around `parts`, in a piece of `memory` that is the caller's to give back. */
export function clientFrame(
  firstByte: number,
  parts: readonly Uint8Array[],
  masker: Masker,
  memory: FrameMemory,
): Buffer {
  const length = parts.reduce((total, part) => total + part.length, 0)
  const key = masker.nextKey()
  const frame = memory.take(MAX_HEADER_BYTES + length)
  const headerBytes = writeHeader(frame, firstByte, length, key)
  let phase = 0
  for (const part of parts) {
    masker.mask(part, key, frame, headerBytes + phase, phase)
    phase += part.length
  }
  return frame.subarray(0, headerBytes + length)
}

function writeHeader(target: Buffer, firstByte: number, length: number, key: number): number {
  const bytes = writeFrameHeader(target, 0, firstByte, length)
  target[1]! |= MASK_BIT
  target.writeInt32LE(key, bytes)
  return bytes + 4
}
