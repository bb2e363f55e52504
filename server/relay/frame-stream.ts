import {
  FIN,
  FrameHeader,
  OPCODE,
  RSV,
  writeFrameHeader,
} from '../../protocol/websocket/frame-header.ts'
import { type Unmask, turnKey, unmaskBetween } from '../../protocol/websocket/unmask.ts'

/** Where a stream of frames goes. The calls come in the order of the wire. */
export interface FrameSink {
  /** Where the next `data` may be put, at least `length` bytes and none of the chunk's, in the memory that unmasks. */
  room(length: number): Uint8Array
  /** Unmasked data frames, in pieces cut anywhere; they begin where the room last asked for does. */
  data(bytes: Uint8Array): void
  /** One whole control frame: its opcode and a copy of its payload, at most 125 bytes. */
  control(opcode: number, payload: Buffer): void
  /** A frame has ended and {@link FrameStream.notifyBoundary} was called before. */
  boundary(): void
  /** The peer broke RFC 6455; nothing more comes. */
  violation(reason: string): void
}

/** Longest header that is written, bytes. */
const MAX_HEADER_BYTES = 10

/**
 * One direction of a relayed pair: masked client frames in, the same frames without mask out, for a reader that takes
 * no long ones in several. Headers are checked, payload is not; frames are never collected, so memory is constant
 * whatever their size. Source: relay-protocol 4.7.
 */
export class FrameStream {
  /** Payload bytes of data frames so far. */
  payloadBytes = 0
  /** Data frames that have begun. */
  dataFrames = 0
  readonly #sink: FrameSink
  readonly #unmask: Unmask
  readonly #longestFrame: number
  readonly #header = new FrameHeader()
  /** Payload bytes of the current frame that are still to come, as far as they go on in the frame now written. */
  #left = 0
  /** What goes on in further frames. */
  #rest = 0
  #key = 0
  #isInMessage = false
  #control: Buffer | undefined
  #isStopped = false
  #stopsAtBoundary = false
  #wantsBoundary = false

  /** `longestFrame`: payload that its reader takes in one frame, bytes. */
  constructor(sink: FrameSink, unmask: Unmask = unmaskBetween, longestFrame = Infinity) {
    this.#sink = sink
    this.#unmask = unmask
    this.#longestFrame = longestFrame
  }

  /** True when everything handed on so far ends with a whole frame. */
  get isAtBoundary(): boolean {
    return this.#isBetweenFrames || this.#control !== undefined
  }

  /** True when the peer is in the middle of a frame, its header included. */
  get isMidFrame(): boolean {
    return !this.#isStopped && (!this.#isBetweenFrames || this.#header.isPartial)
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

  /** Takes one read, a view of the memory that unmasks; it stays as it is. */
  push(chunk: Uint8Array): void {
    if (this.#isStopped) return
    let out = this.#sink.room(this.#longestOutput(chunk.length))
    let read = 0
    let written = 0
    while (read < chunk.length) {
      if (this.#rest > 0 && this.#left === 0) {
        written += this.#writeNextHeader(out, written, OPCODE.continuation)
      } else if (this.#left === 0) {
        const next = this.#header.read(chunk, read)
        if (next === -1) break
        const fault = this.#begin()
        if (fault !== undefined) {
          this.#flush(out, written)
          this.#isStopped = true
          return this.#sink.violation(fault)
        }
        read = next
        if (this.#control === undefined) {
          written += this.#writeNextHeader(out, written, this.#header.opcode)
        }
      }
      const count = Math.min(this.#left, chunk.length - read)
      if (this.#control === undefined) {
        this.#unmask(chunk, read, out, written, count, this.#key)
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
      if (this.#rest > 0) continue
      if (this.#control === undefined && !this.#wantsBoundary && !this.#stopsAtBoundary) continue
      this.#flush(out, written)
      if (this.#control !== undefined) this.#finishControl(this.#control)
      if (!this.#isStopped) this.#atAwaitedBoundary()
      if (this.#isStopped) return
      out = this.#sink.room(this.#longestOutput(chunk.length - read))
      written = 0
    }
    this.#flush(out, written)
  }

  get #isBetweenFrames(): boolean {
    return this.#left === 0 && this.#rest === 0
  }

  /** Writes the header of as much of the rest as one frame takes; answers its size. */
  #writeNextHeader(out: Uint8Array, at: number, opcode: number): number {
    this.#left = Math.min(this.#rest, this.#longestFrame)
    this.#rest -= this.#left
    const fin = this.#rest === 0 ? this.#header.firstByte & FIN : 0
    return writeFrameHeader(out, at, fin | opcode, this.#left)
  }

  /** Most that can come of a read: a header may have come with the read before, and a long frame gets several. */
  #longestOutput(length: number): number {
    return length + MAX_HEADER_BYTES * (2 + Math.floor(length / this.#longestFrame))
  }

  #atAwaitedBoundary(): void {
    this.#isStopped = this.#stopsAtBoundary
    if (!this.#wantsBoundary) return
    this.#wantsBoundary = false
    this.#sink.boundary()
  }

  #flush(out: Uint8Array, length: number): void {
    if (length > 0) this.#sink.data(out.subarray(0, length))
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
    if (!header.isShortest) return 'a length is not in its shortest form'
    switch (header.opcode) {
      case OPCODE.text:
      case OPCODE.binary:
        if (this.#isInMessage) return 'a message began inside another'
        this.#isInMessage = !header.isFinal
        this.dataFrames++
        break
      case OPCODE.continuation:
        if (!this.#isInMessage) return 'a continuation has no message'
        this.#isInMessage = !header.isFinal
        this.dataFrames++
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
    if (this.#control === undefined) this.#rest = header.payloadLength
    else this.#left = header.payloadLength
    this.#key = header.maskKey
    return undefined
  }
}
