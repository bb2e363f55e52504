import { FIN, OPCODE, frameHeader } from '../../protocol/websocket/frame-header.ts'

/** An unmasked frame, as a relay sends it. */
export function serverFrame(firstByte: number, payload: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([frameHeader(firstByte, bytes.length), bytes])
}

export const TEXT = FIN | OPCODE.text
export const BINARY = FIN | OPCODE.binary
export const CLOSE = FIN | OPCODE.close
export const PING = FIN | OPCODE.ping

/** Payload of a Close frame. */
export function closePayload(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return Buffer.concat([payload, Buffer.from(reason)])
}

export type ClientFrame = { readonly firstByte: number; readonly payload: Buffer }

/** Reads whole masked frames; an unmasked one is a fault. Short and medium lengths only. */
export function readClientFrames(bytes: Buffer): ClientFrame[] {
  const frames: ClientFrame[] = []
  let at = 0
  while (at < bytes.length) {
    const firstByte = bytes[at] ?? 0
    const second = bytes[at + 1] ?? 0
    if ((second & 0x80) === 0) throw new Error('a client frame is not masked')
    let length = second & 0x7f
    at += 2
    if (length === 126) {
      length = bytes.readUInt16BE(at)
      at += 2
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at))
      at += 8
    }
    const key = bytes.subarray(at, at + 4)
    at += 4
    const payload = Buffer.from(bytes.subarray(at, at + length))
    for (let i = 0; i < payload.length; i++) payload[i] = payload[i]! ^ key[i & 3]!
    at += length
    frames.push({ firstByte, payload })
  }
  return frames
}
