import { FIN, FrameHeader, OPCODE, RSV } from '../protocol/websocket/frame-header.ts'

/** What the relay sends, in the order of the wire. */
export interface FrameSink {
  /** A piece of a message, as it came; a view of the chunk that was pushed. */
  data(bytes: Buffer, isText: boolean): void
  /** The message that pieces were given of, perhaps none, has ended. */
  messageEnd(isText: boolean): void
  /** One whole control frame with a copy of its payload; after a Close nothing follows. */
  control(opcode: number, payload: Buffer): void
  /** The relay broke RFC 6455; nothing follows. */
  violation(reason: string): void
}

/** Reads the frames of a server from chunks cut anywhere. Nothing is collected but control frames. */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #header = new FrameHeader()
  /** Payload bytes of the current frame that are still to come. */
  #left = 0
  #isText = false
  #isInMessage = false
  #control: Buffer | undefined
  #isStopped = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#isStopped = true
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#isStopped) {
      if (this.#left === 0) {
        at = this.#header.read(chunk, at)
        if (at === -1) return
        const fault = this.#begin()
        if (fault !== undefined) {
          this.stop()
          return this.#sink.violation(fault)
        }
      }
      const piece = chunk.subarray(at, at + this.#left)
      at += piece.length
      if (this.#control) piece.copy(this.#control, this.#control.length - this.#left)
      else if (piece.length > 0) this.#sink.data(piece, this.#isText)
      this.#left -= piece.length
      if (this.#left === 0) this.#end()
    }
  }

  #end(): void {
    const control = this.#control
    if (control) {
      this.#control = undefined
      if (this.#header.opcode === OPCODE.close) this.stop()
      this.#sink.control(this.#header.opcode, control)
    } else if (this.#header.isFinal && !this.#isStopped) {
      this.#sink.messageEnd(this.#isText)
    }
  }

  /** Checks the header just read; answers what is wrong with it. */
  #begin(): string | undefined {
    const header = this.#header
    if (header.isMasked) return 'a server frame is masked'
    if ((header.firstByte & RSV) !== 0) return 'a reserved bit is set'
    if (!Number.isSafeInteger(header.payloadLength)) return 'a frame is longer than 2^53 bytes'
    this.#left = header.payloadLength
    switch (header.opcode) {
      case OPCODE.text:
      case OPCODE.binary:
        if (this.#isInMessage) return 'a message began inside another'
        this.#isText = header.opcode === OPCODE.text
        this.#isInMessage = !header.isFinal
        return undefined
      case OPCODE.continuation:
        if (!this.#isInMessage) return 'a continuation has no message'
        this.#isInMessage = !header.isFinal
        return undefined
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        if ((header.firstByte & FIN) === 0) return 'a control frame is fragmented'
        if (header.payloadLength > 125) return 'a control frame is longer than 125 bytes'
        this.#control = Buffer.alloc(header.payloadLength)
        return undefined
      default:
        return `opcode ${header.opcode} is unknown`
    }
  }
}
