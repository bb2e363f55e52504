import {
  FrameHeader,
  OPCODE,
  RSV,
  frameHeader,
  writeFrameHeader,
} from '../../protocol/websocket/frame-header.ts'
import { type Unmask, turnKey, unmaskWithin, wordsOf } from '../../protocol/websocket/unmask.ts'

/** Where a stream of frames goes. The calls come in the order of the wire. */
export interface FrameSink {
  /** Unmasked data frames, in pieces cut anywhere; a view of the chunk that was pushed. */
  data(bytes: Uint8Array): void
  /** One whole control frame: its opcode and a copy of its payload, at most 125 bytes. */
  control(opcode: number, payload: Buffer): void
  /** A frame has ended and {@link FrameStream.notifyBoundary} was called before. */
  boundary(): void
  /** The peer broke RFC 6455; nothing more comes. */
  violation(reason: string): void
}

/**
 * One direction of a relayed pair: masked client frames in, the same frames without mask out. Headers are
 * checked, payload is not; frames are never collected, so memory is constant whatever their size.
 * Source: relay-protocol 4.7.
 */
export class FrameStream {
  /** Payload bytes of data frames so far. */
  payloadBytes = 0
  readonly #sink: FrameSink
  readonly #unmask: Unmask
  readonly #header = new FrameHeader()
  /** Payload bytes of the current frame that are still to come. */
  #left = 0
  #key = 0
  #isInMessage = false
  #control: Buffer | undefined
  #isStopped = false
  #stopsAtBoundary = false
  #wantsBoundary = false

  constructor(sink: FrameSink, unmask: Unmask = unmaskWithin) {
    this.#sink = sink
    this.#unmask = unmask
  }

  /** True when everything handed on so far ends with a whole frame. */
  get isAtBoundary(): boolean {
    return this.#left === 0 || this.#control !== undefined
  }

  /** True when the peer is in the middle of a frame, its header included. */
  get isMidFrame(): boolean {
    return !this.#isStopped && (this.#left > 0 || this.#header.isPartial)
  }

  /** Asks for one call of `boundary` at the next frame's end. */
  notifyBoundary(): void {
    this.#wantsBoundary = true
  }

  /** Hands on the rest of a frame that has begun, and then nothing more. */
  stop(): void {
    if (this.isAtBoundary) this.#isStopped = true
    else this.#stopsAtBoundary = true
  }

  /** Takes one read. Its memory is changed in place and then belongs to the sink. */
  push(chunk: Uint8Array): void {
    if (this.#isStopped) return
    const words = wordsOf(chunk)
    let read = 0
    let written = 0
    let from = 0
    while (read < chunk.length) {
      if (this.#left === 0) {
        const wasPartial = this.#header.isPartial
        const next = this.#header.read(chunk, read)
        if (next === -1) break
        const fault = this.#begin()
        if (fault !== undefined) {
          this.#flush(chunk, from, written)
          this.#isStopped = true
          return this.#sink.violation(fault)
        }
        read = next
        if (this.#control === undefined) {
          if (wasPartial) {
            from = this.#writeSplitHeader(chunk, read)
            written = read
          } else {
            written += writeFrameHeader(chunk, written, this.#header.firstByte, this.#left)
          }
        }
      }
      const count = Math.min(this.#left, chunk.length - read)
      if (this.#control === undefined) {
        this.#unmask(chunk, words, read, written, count, this.#key)
        written += count
        this.payloadBytes += count
      } else {
        const at = this.#control.length - this.#left
        this.#control.set(chunk.subarray(read, read + count), at)
      }
      read += count
      this.#left -= count
      this.#key = turnKey(this.#key, count)
      if (this.#left > 0) break
      if (this.#control !== undefined) {
        this.#flush(chunk, from, written)
        from = written = read
        this.#finishControl(this.#control)
        if (this.#isStopped) return
      }
      if (this.#wantsBoundary || this.#stopsAtBoundary) {
        this.#flush(chunk, from, written)
        from = written = read
        this.#atAwaitedBoundary()
        if (this.#isStopped) return
      }
    }
    this.#flush(chunk, from, written)
  }

  #atAwaitedBoundary(): void {
    this.#isStopped = this.#stopsAtBoundary
    if (!this.#wantsBoundary) return
    this.#wantsBoundary = false
    this.#sink.boundary()
  }

  /** Writes a header that came in two reads right before its payload, if there is room; answers where it begins. */
  #writeSplitHeader(chunk: Uint8Array, payloadStart: number): number {
    const header = frameHeader(this.#header.firstByte, this.#left)
    if (payloadStart < header.length) {
      this.#sink.data(header)
      return payloadStart
    }
    chunk.set(header, payloadStart - header.length)
    return payloadStart - header.length
  }

  #flush(chunk: Uint8Array, from: number, to: number): void {
    if (to > from) this.#sink.data(chunk.subarray(from, to))
  }

  #finishControl(masked: Buffer): void {
    const key = this.#header.maskKey
    for (let i = 0; i < masked.length; i++) masked[i]! ^= (key >>> ((i & 3) * 8)) & 0xff
    this.#control = undefined
    this.#sink.control(this.#header.opcode, masked)
  }

  /** Checks the header just read and sets up its payload; answers what is wrong with it. */
  #begin(): string | undefined {
    const header = this.#header
    if (!header.isMasked) return 'a client frame is not masked'
    if ((header.firstByte & RSV) !== 0) return 'a reserved bit is set'
    if (!Number.isSafeInteger(header.payloadLength)) return 'a frame is longer than 2^53 bytes'
    // Such a header would also shrink by other than four bytes, which unmasking in words does not bear.
    if (!header.isShortest) return 'a length is not in its shortest form'
    switch (header.opcode) {
      case OPCODE.text:
      case OPCODE.binary:
        if (this.#isInMessage) return 'a message began inside another'
        this.#isInMessage = !header.isFinal
        break
      case OPCODE.continuation:
        if (!this.#isInMessage) return 'a continuation has no message'
        this.#isInMessage = !header.isFinal
        break
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        if (!header.isFinal) return 'a control frame is fragmented'
        if (header.payloadLength > 125) return 'a control frame is longer than 125 bytes'
        this.#control = Buffer.alloc(header.payloadLength)
        break
      default:
        return `opcode ${header.opcode} is unknown`
    }
    this.#left = header.payloadLength
    this.#key = header.maskKey
    return undefined
  }
}
