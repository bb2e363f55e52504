import type { Duplex } from 'node:stream'
import {
  FIN,
  OPCODE,
  frameHeader,
  writeFrameHeader,
} from '../../protocol/websocket/frame-header.ts'

/** Longest header of an unmasked frame, bytes. */
const MAX_HEADER_BYTES = 10
/** So many commands make a write of their own: the listener works on them while the relay is at the next ones. */
const MAX_JOINED = 4

/** Writes the relay's commands on a control channel, as whole frames and past the detours of a WebSocket library. */
export class ControlWriter {
  readonly #stream: Pick<Duplex, 'cork' | 'uncork' | 'write'>
  #isJoining = false
  #joined = 0

  /** Nobody else may leave half a frame in `stream`. */
  constructor(stream: Pick<Duplex, 'cork' | 'uncork' | 'write'>) {
    this.#stream = stream
  }

  /** Writes a text message, and right behind it the binary one that it announces. */
  write(command: string, body?: Uint8Array): void {
    this.#joinWrites()
    this.#stream.write(textFrame(command))
    if (body) {
      this.#stream.write(frameHeader(FIN | OPCODE.binary, body.length))
      this.#stream.write(body)
    }
    if (++this.#joined < MAX_JOINED) return
    this.#joined = 0
    this.#stream.uncork()
    this.#stream.cork()
  }

  /** What many senders' requests cause in one turn of the event loop becomes few writes. */
  #joinWrites(): void {
    if (this.#isJoining) return
    this.#isJoining = true
    this.#stream.cork()
    setImmediate(() => {
      this.#isJoining = false
      this.#joined = 0
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
