import type { Duplex } from 'node:stream'
import {
  FIN,
  OPCODE,
  frameHeader,
  writeFrameHeader,
} from '../../protocol/websocket/frame-header.ts'
import { JoinedWrites } from '../../protocol/websocket/joined-writes.ts'

/** Longest header of an unmasked frame, bytes. */
const MAX_HEADER_BYTES = 10

/** Writes the relay's commands on a control channel, as whole frames and past the detours of a WebSocket library. */
export class ControlWriter {
  readonly #stream: Pick<Duplex, 'cork' | 'uncork' | 'write'>
  readonly #writes: JoinedWrites

  /** Nobody else may leave half a frame in `stream`. */
  constructor(stream: Pick<Duplex, 'cork' | 'uncork' | 'write'>) {
    this.#stream = stream
    this.#writes = new JoinedWrites(stream)
  }

  /** Writes a text message, and right behind it the binary one that it announces. */
  write(command: string, body?: Uint8Array): void {
    this.#writes.message(() => {
      if (!body) return void this.#stream.write(textFrame(command))
      this.#stream.cork()
      this.#stream.write(textFrame(command))
      this.#stream.write(frameHeader(FIN | OPCODE.binary, body.length))
      this.#stream.write(body)
      this.#stream.uncork()
    })
  }
}

/** One text message in one buffer. */
function textFrame(text: string): Buffer {
  const size = Buffer.byteLength(text)
  const frame = Buffer.allocUnsafe(MAX_HEADER_BYTES + size)
  const at = writeFrameHeader(frame, 0, FIN | OPCODE.text, size)
  frame.write(text, at)
  return frame.subarray(0, at + size)
}
