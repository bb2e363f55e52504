import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { cutCloseReason } from '../protocol/reason-phrase.ts'
import { FIN, OPCODE } from '../protocol/websocket/frame-header.ts'
import { RelayClientError, lostError } from './errors.ts'
import type { FrameMemory } from './frame-memory.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import { clientFrame } from './frame-writer.ts'
import type { Masker } from './masking.ts'
import type { HeldReads } from './reads.ts'

/** Who gets what comes over a {@link FrameSocket}. */
export interface FrameSocketSink {
  /**
   * A piece of a message; a view that is the sink's from now on, unless the connection was dialled with `reusesReads`:
   * then it holds until `readEnd` returns, or until {@link FrameSocket.releaseReads} after a {@link FrameSocket.holdReads}.
   */
  data(bytes: Buffer, isText: boolean): void
  messageEnd(isText: boolean): void
  /** Everything that one read brought has been handed on. */
  readEnd(): void
  pong(payload: Buffer): void
  ping(payload: Buffer): void
  /** A Close frame came; nothing follows from the other side. `code` is undefined when it had none. */
  close(code: number | undefined, reason: string): void
  /** What was written has left; called after {@link FrameSocket.send} answered false. */
  drain(): void
  /** The TCP connection is gone. `error` is undefined when Close frames had passed both ways. */
  gone(error: RelayClientError | undefined): void
}

/** Writers are asked to wait while more than this is queued, bytes. */
const MAX_QUEUED_BYTES = 256 * 1024
/** The same over TLS: behind a full frame one more may wait; several would be copied together before they are encrypted. */
const MAX_QUEUED_TLS_BYTES = 64 * 1024
/** How long the relay may take to end the connection after both Close frames, ms. */
const LINGER_MS = 5_000

/** What the connections of one client have in common for writing. */
export type FrameTools = { readonly masker: Masker; readonly memory: FrameMemory }

const NO_PARTS: readonly Uint8Array[] = []
const NOTHING = Buffer.alloc(0)

/**
 * A WebSocket of ours at the level of frames: half-close by a Close of one side, no message is collected, a ping is
 * answered. The handshake is over when it is made; reading begins with `start`.
 */
export class FrameSocket implements FrameSink {
  readonly #socket: Socket
  #head: Buffer
  readonly #tools: FrameTools
  readonly #reads: HeldReads | undefined
  readonly #maxQueuedBytes: number
  #sink: FrameSocketSink | undefined
  #reader: FrameReader | undefined
  #hasSentClose = false
  #hasReceivedClose = false
  #isGone = false
  #isPaused = false
  #fault: RelayClientError | undefined
  /** Frames that may still wait to be sent. */
  readonly #written: Buffer[] = []
  #linger: NodeJS.Timeout | undefined

  /**
   * `head` is what came behind the 101. The socket is paused and has an `error` listener already; `reads` is its `onread`
   * if it has one.
   */
  constructor(socket: Socket, head: Buffer, tools: FrameTools, reads?: HeldReads) {
    this.#socket = socket
    this.#head = head
    this.#tools = tools
    this.#reads = reads
    // TLS hands over all records that it has, be the socket paused or not.
    if (reads) reads.consume = (chunk) => (this.#head = Buffer.concat([this.#head, chunk]))
    this.#maxQueuedBytes = socket instanceof TLSSocket ? MAX_QUEUED_TLS_BYTES : MAX_QUEUED_BYTES
  }

  /** Bytes that wait to be sent. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** True until a Close was sent or the connection is gone. */
  get isWritable(): boolean {
    return !this.#hasSentClose && !this.#isGone && !this.#socket.destroyed
  }

  get hasSentClose(): boolean {
    return this.#hasSentClose
  }

  get hasReceivedClose(): boolean {
    return this.#hasReceivedClose
  }

  /** Begins to read. */
  start(sink: FrameSocketSink): void {
    this.#sink = sink
    const reader = new FrameReader(this)
    this.#reader = reader
    const socket = this.#socket
    const read = (chunk: Buffer) => {
      reader.push(chunk)
      sink.readEnd()
    }
    socket.on('error', (error) => (this.#fault ??= lostError('The connection broke.', error)))
    socket.on('drain', () => {
      this.#giveBack()
      sink.drain()
    })
    socket.on('end', () => {
      this.#reads?.flush()
      this.#ended()
    })
    socket.on('close', () => {
      this.#reads?.flush()
      this.#closed()
    })
    if (socket.destroyed) return queueMicrotask(() => this.#closed())
    if (this.#head.length > 0) read(this.#head)
    this.#head = NOTHING
    if (this.#reads) this.#reads.consume = read
    else socket.on('data', read)
    if (!this.#isPaused) socket.resume()
  }

  /** Writes one frame of a message. False asks to wait for `drain`. */
  send(opcode: number, parts: readonly Uint8Array[], isFinal: boolean): boolean {
    if (!this.isWritable) return true
    this.#write((isFinal ? FIN : 0) | opcode, parts)
    // Below its own mark the socket would never tell of a drain.
    return !(this.#socket.writableNeedDrain && this.queuedBytes > this.#maxQueuedBytes)
  }

  ping(payload: Uint8Array): void {
    if (this.isWritable) this.#write(FIN | OPCODE.ping, [payload])
  }

  /**
   * Writes a Close frame, without payload when `code` is undefined or never travels. The other side may go on sending.
   */
  sendClose(code?: number, reason = ''): void {
    if (!this.isWritable) return
    this.#hasSentClose = true
    const isTold = code !== undefined && isSendableCloseCode(code)
    this.#write(FIN | OPCODE.close, isTold ? [closePayload(code, reason)] : NO_PARTS)
    this.#endWhenClosed()
  }

  /** Collects what is written until `uncork` into one write. */
  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }

  /** Leaves what the last read brought as it is. */
  holdReads(): void {
    this.#reads?.hold()
  }

  /** Nobody needs any more what was held. */
  releaseReads(): void {
    this.#reads?.release()
  }

  /** Cuts the connection; what is queued is lost. */
  destroy(): void {
    this.#reader?.stop()
    this.#socket.destroy()
  }

  #write(firstByte: number, parts: readonly Uint8Array[]): void {
    const { masker, memory } = this.#tools
    const frame = clientFrame(firstByte, parts, masker, memory)
    this.#socket.write(frame)
    this.#written.push(frame)
    if (this.#socket.writableLength === 0) this.#giveBack()
  }

  /** Nothing waits: the system has got it all. */
  #giveBack(): void {
    for (const frame of this.#written) this.#tools.memory.giveBack(frame)
    this.#written.length = 0
  }

  // As the sink of what its reader finds.

  data(bytes: Buffer, isText: boolean): void {
    this.#sink?.data(bytes, isText)
  }

  messageEnd(isText: boolean): void {
    this.#sink?.messageEnd(isText)
  }

  control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      // Whoever pings without reading gets no more pongs than the queue holds.
      if (this.isWritable && this.queuedBytes <= MAX_QUEUED_BYTES) {
        this.#write(FIN | OPCODE.pong, [payload])
      }
      this.#sink?.ping(payload)
    } else if (opcode === OPCODE.pong) this.#sink?.pong(payload)
    else this.#receivedClose(payload)
  }

  #receivedClose(payload: Buffer): void {
    if (payload.length === 1) return this.violation('a Close frame is malformed')
    this.#hasReceivedClose = true
    const code = payload.length === 0 ? undefined : payload.readUInt16BE(0)
    this.#sink?.close(code, payload.toString('utf8', 2))
    this.#endWhenClosed()
  }

  /** The relay ends the connection after both Close frames; it is given some time. */
  #endWhenClosed(): void {
    if (!this.#hasSentClose || !this.#hasReceivedClose || this.#linger) return
    this.#socket.end()
    this.resume()
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#linger.unref()
  }

  violation(reason: string): void {
    this.#fault = new RelayClientError(
      'RELAY_PROTOCOL',
      `The relay broke the WebSocket protocol: ${reason}.`,
    )
    this.sendClose(1002, reason)
    this.#socket.destroySoon()
  }

  #ended(): void {
    if (!this.#hasReceivedClose)
      this.#fault ??= lostError('The connection ended without a Close frame.')
    this.#socket.destroySoon()
  }

  #closed(): void {
    if (this.#isGone) return
    this.#isGone = true
    clearTimeout(this.#linger)
    this.#reader?.stop()
    const isOrderly = this.#hasSentClose && this.#hasReceivedClose
    this.#sink?.gone(isOrderly ? undefined : (this.#fault ?? lostError('The connection was cut.')))
  }
}

/** 1005, 1006 and 1015 tell of a missing code and never stand on the wire (RFC 6455 7.4.1). */
export function isSendableCloseCode(code: number): boolean {
  return (
    Number.isInteger(code) &&
    ((code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
      (code >= 3000 && code <= 4999))
  )
}

function closePayload(code: number, reason: string): Buffer {
  const text = Buffer.from(cutCloseReason(reason), 'utf8')
  const payload = Buffer.allocUnsafe(2 + text.length)
  payload.writeUInt16BE(code, 0)
  text.copy(payload, 2)
  return payload
}
