import { FIN, FrameHeader, OPCODE } from '../../protocol/websocket/frame-header.ts'
import { FrameStream } from './frame-stream.ts'

/** What a listener's rendezvous says, in the order of the wire. */
export interface MessageSink {
  /** One whole text message. */
  text(message: string): void
  /** A piece of a binary message, as it came; a view that is the sink's from now on. */
  binaryPart(bytes: Uint8Array): void
  /** The binary message has ended. */
  binaryEnd(): void
  ping(payload: Buffer): void
  pong?(payload: Buffer): void
  /** A Close frame; nothing follows. */
  close(payload: Buffer): void
  violation(reason: string): void
}

/** Longest text message, bytes; a response's head has no limit on a rendezvous but this one. */
const MAX_TEXT_BYTES = 256 * 1024

/**
 * Messages of one client: texts collected, binary ones handed on in pieces, so that a body which never ends with a
 * final frame (relay-protocol 5.6, Java) or is larger than memory still passes.
 */
export class MessageReader {
  readonly #sink: MessageSink
  readonly #frames: FrameStream
  readonly #header = new FrameHeader()
  #left = 0
  #isText = false
  #text: Uint8Array[] = []
  #textBytes = 0
  #isStopped = false

  constructor(sink: MessageSink) {
    this.#sink = sink
    this.#frames = new FrameStream({
      room: (length) => Buffer.allocUnsafe(length),
      data: (bytes) => this.#data(bytes),
      control: (opcode, payload) => {
        if (opcode === OPCODE.ping) this.#sink.ping(payload)
        if (opcode === OPCODE.pong) this.#sink.pong?.(payload)
        if (opcode !== OPCODE.close) return
        this.#frames.stop()
        this.#sink.close(payload)
      },
      boundary: () => {},
      violation: (reason) => this.#sink.violation(reason),
    })
  }

  /** Takes one read. */
  push(chunk: Uint8Array): void {
    this.#frames.push(chunk)
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#frames.stop()
    this.#isStopped = true
  }

  /** Reads the unmasked frames that {@link FrameStream} writes. */
  #data(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.#isStopped) {
      if (this.#left === 0) {
        const next = this.#header.read(bytes, at)
        if (next === -1) return
        at = next
        this.#left = this.#header.payloadLength
        if (this.#header.opcode !== OPCODE.continuation) {
          this.#isText = this.#header.opcode === OPCODE.text
        }
      }
      const part = bytes.subarray(at, at + this.#left)
      at += part.length
      this.#left -= part.length
      if (part.length > 0) this.#part(part)
      if (this.#left === 0 && (this.#header.firstByte & FIN) !== 0) this.#end()
    }
  }

  #part(part: Uint8Array): void {
    if (!this.#isText) return this.#sink.binaryPart(part)
    this.#textBytes += part.length
    if (this.#textBytes > MAX_TEXT_BYTES) {
      this.stop()
      return this.#sink.violation('a text message is too long')
    }
    this.#text.push(part)
  }

  #end(): void {
    if (!this.#isText) return this.#sink.binaryEnd()
    const text = Buffer.concat(this.#text).toString('utf8')
    this.#text = []
    this.#textBytes = 0
    this.#sink.text(text)
  }
}
