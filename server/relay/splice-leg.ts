import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { OPCODE, controlFrame } from '../../protocol/websocket/frame-header.ts'
import { type FrameSink, FrameStream } from './frame-stream.ts'
import type { SocketHearer, SocketReader } from './socket-reader.ts'
import type { SpliceMemory } from './splice-memory.ts'
import { SpliceOutbox } from './splice-outbox.ts'

/** What a leg tells the pair it belongs to. */
export interface LegEvents {
  /** A valid Close frame came. */
  close(leg: SpliceLeg, payload: Buffer): void
  /** The peer ended its writing side. */
  fin(leg: SpliceLeg): void
  /** The socket is closed; an abort when it was not ended in order. */
  gone(leg: SpliceLeg, isAbort: boolean): void
  /** The peer broke RFC 6455. */
  violation(leg: SpliceLeg, reason: string): void
}

/** A source is paused while its target holds more than this and waits for a drain, bytes. */
const MAX_QUEUED_BYTES = 256 * 1024
/** How long a peer may keep its side open once everything for it is written, ms. */
const LINGER_MS = 5_000
/** Reads of at least this many bytes from TLS are written together once per turn of the loop. */
const MIN_GATHERED_BYTES = 4 * 1024

/**
 * One socket of a relayed pair: what comes from its peer goes to the other leg; pings of its peer are
 * answered here. Frames of the relay's own are written only between two frames of the other leg's peer.
 */
export class SpliceLeg implements FrameSink, SocketHearer {
  readonly #reader: SocketReader
  readonly #socket: Duplex
  readonly #events: LegEvents
  readonly #frames: FrameStream
  readonly #outbox: SpliceOutbox
  readonly #isTls: boolean
  /** Frames that wait for a boundary in the other leg's stream. */
  #pendingPong: Buffer | undefined
  #pendingClose: Buffer | undefined
  /** Payload of the Close frame that came. */
  #receivedClose: Buffer | undefined
  #hasSentClose = false
  #isFinishing = false
  #isEnding = false
  #hasEnded = false
  #linger: NodeJS.Timeout | undefined
  #other!: SpliceLeg

  /** `longestFrame`: what the other leg's peer takes in one frame, bytes. */
  constructor(
    reader: SocketReader,
    events: LegEvents,
    memory: SpliceMemory,
    longestFrame = Infinity,
  ) {
    const { socket } = reader
    this.#reader = reader
    this.#socket = socket
    this.#events = events
    this.#outbox = new SpliceOutbox(socket, memory, () => this.#drained())
    this.#isTls = socket instanceof TLSSocket
    this.#frames = new FrameStream(this, memory.unmask, longestFrame)
  }

  get payloadBytes(): number {
    return this.#frames.payloadBytes
  }

  /** Data frames that came. */
  get frames(): number {
    return this.#frames.dataFrames
  }

  get hasReceivedClose(): boolean {
    return this.#receivedClose !== undefined
  }

  get isMidFrame(): boolean {
    return this.#frames.isMidFrame
  }

  /** True once the peer has ended its writing side. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** True while the peer has sent nothing that the other side is owed. */
  get isSilent(): boolean {
    return this.#frames.dataFrames === 0
  }

  /** True when closing the socket loses nothing; it says FIN as well, in one call of the system. */
  get isDrained(): boolean {
    const waiting = this.#outbox.waitingBytes + this.#socket.writableLength
    return waiting === 0 && !this.#isTls
  }

  /** True once the relay itself has decided to end this leg. */
  get isFinishing(): boolean {
    return this.#isFinishing
  }

  /** True once no more is written to this socket. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** Starts reading; what comes goes to `other`. */
  join(other: SpliceLeg): void {
    this.#other = other
    const socket = this.#socket
    this.#reader.tell(this)
    if (!socket.closed) return void socket.resume()
    this.#outbox.dispose()
    queueMicrotask(() => this.#events.gone(this, true))
  }

  // As the hearer of its own socket.

  read(chunk: Buffer): void {
    const outbox = this.#other.#outbox
    this.#frames.push(chunk)
    if (this.#isTls && chunk.length >= MIN_GATHERED_BYTES) outbox.flushLater()
    else outbox.flushUnlessDeferred()
    if (outbox.waitingBytes > MAX_QUEUED_BYTES && !this.#other.#isEnding) this.#socket.pause()
  }

  ended(): void {
    this.#hasEnded = true
    this.#events.fin(this)
  }

  closed(hadError: boolean): void {
    clearTimeout(this.#linger)
    this.#outbox.dispose()
    this.#events.gone(this, hadError || !this.#hasEnded)
  }

  // As the sink of what its own peer sends.

  room(length: number): Uint8Array {
    return this.#other.#outbox.room(length)
  }

  data(bytes: Uint8Array): void {
    this.#other.#outbox.append(bytes)
  }

  control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      this.#pendingPong = payload
      this.#flushWhenPossible()
    } else if (opcode === OPCODE.close) {
      this.#frames.stop()
      if (!isValidClose(payload)) return this.violation('a Close frame is malformed')
      this.#receivedClose = payload
      this.#events.close(this, payload)
    }
  }

  boundary(): void {
    this.#other.#flushPending()
  }

  violation(reason: string): void {
    this.#events.violation(this, reason)
  }

  /** Writes a control frame the other side's peer sent; the stream is at a boundary then. */
  forward(opcode: number, payload: Buffer): void {
    if (this.#hasSentClose) return
    this.#flushPending()
    this.#outbox.append(controlFrame(opcode, payload))
    this.#outbox.flushUnlessDeferred()
    if (opcode === OPCODE.close) this.#hasSentClose = true
  }

  /** Writes a Close frame of the relay's own and takes nothing more from this leg's peer but its Close. */
  finish(payload: Buffer): void {
    this.#isFinishing = true
    this.#frames.stop()
    this.#socket.resume()
    if (this.#hasSentClose) return this.end()
    this.#pendingClose = payload
    this.#flushWhenPossible()
  }

  /**
   * Ends this leg whose other side is gone without an answer to the Close of this leg's peer: the relay answers
   * in its place. Where no Close came, or half a frame stands in the way, the connection is cut.
   */
  endAlone(): void {
    if (this.#isEnding) return
    if (!this.#receivedClose || this.#other.isMidFrame) return this.destroy()
    this.finish(this.#receivedClose)
  }

  /** Ends the writing side after what is queued, however long that takes, and soon after that the socket. */
  end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    // No drain comes any more: what was held back for it must be read, or its end would not be noticed.
    this.#other.#socket.resume()
    if (this.#hasEnded && this.isDrained) return this.destroy()
    this.#outbox.end(() => {
      if (this.#socket.destroyed) return
      this.#linger = setTimeout(() => this.destroy(), LINGER_MS)
      this.#linger.unref()
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #drained(): void {
    if (this.#other.#socket.isPaused()) this.#other.#socket.resume()
    this.#flushWhenPossible()
  }

  /** Writes what waits, now or at the next boundary of what the other peer sends. */
  #flushWhenPossible(): void {
    if (this.#pendingPong === undefined && this.#pendingClose === undefined) return
    if (this.#other.#frames.isAtBoundary) this.#flushPending()
    else this.#other.#frames.notifyBoundary()
  }

  #flushPending(): void {
    if (this.#hasSentClose) return
    if (this.#pendingPong !== undefined && this.#outbox.waitingBytes <= MAX_QUEUED_BYTES) {
      this.#outbox.append(controlFrame(OPCODE.pong, this.#pendingPong))
      this.#pendingPong = undefined
      this.#outbox.flushUnlessDeferred()
    }
    if (this.#pendingClose !== undefined) {
      this.#outbox.append(controlFrame(OPCODE.close, this.#pendingClose))
      this.#hasSentClose = true
      this.end()
    }
  }
}

/** RFC 6455 7.4: no payload, or a code that may stand on the wire with a reason behind it. */
function isValidClose(payload: Buffer): boolean {
  if (payload.length === 0) return true
  if (payload.length === 1) return false
  const code = payload.readUInt16BE(0)
  return (
    code >= 1000 && code < 5000 && code !== 1004 && code !== 1005 && code !== 1006 && code !== 1015
  )
}
