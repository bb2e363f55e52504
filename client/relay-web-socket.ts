import { EventEmitter } from 'node:events'
import { OPCODE } from '../protocol/websocket/frame-header.ts'
import type { ConnectionInfo } from './connection-info.ts'
import type { RelayClientError } from './errors.ts'
import { type FrameSocket, isSendableCloseCode } from './frame-socket.ts'
import { keepAlive } from './keep-alive.ts'
import { MessageAssembler } from './message-assembler.ts'

export type RelayWebSocketEvents = {
  message: [data: Buffer, isBinary: boolean]
  /** `code` is 1005 when the Close had none and 1006 when there was no Close; `reason` is a text in UTF-8. */
  close: [code: number, reason: Buffer]
  /** The relay broke the WebSocket protocol; `close` follows. A lost connection is only a `close` with 1006. */
  error: [error: RelayClientError]
  ping: [payload: Buffer]
  pong: [payload: Buffer]
  /** {@link RelayWebSocket.send} answered false before. */
  drain: []
}

/** Longest message by default, bytes. */
export const DEFAULT_MAX_MESSAGE_BYTES = 100 * 1024 * 1024
/** How long the other side may take to answer a Close, ms. */
const CLOSE_TIMEOUT_MS = 30_000
/** Codes that stand for "no code" and "no Close" and never travel. */
const NO_CODE = 1005
const NO_CLOSE = 1006
/** Events for whose sake reading begins. */
const READING: ReadonlySet<unknown> = new Set(['message', 'close', 'ping', 'pong'])

/**
 * A relayed connection as messages, in the manner of `ws`. It reads nothing before somebody listens to `message`,
 * `close`, `ping` or `pong`, so that no message is missed after an `await`. An `error` nobody listens to is not
 * thrown: `close` follows in any case.
 */
export class RelayWebSocket extends EventEmitter<RelayWebSocketEvents> {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly info: ConnectionInfo
  /** `nodebuffer`, as with `ws`; others are not offered. */
  readonly binaryType = 'nodebuffer'
  readonly #frames: FrameSocket
  readonly #maxMessageBytes: number
  readonly #stopKeepAlive: () => void
  #isStarted = false
  #isInMessage = false
  #received: { readonly code: number; readonly reason: Buffer } | undefined
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  /** Use `RelaySender.connectWebSocket` or a WebSocket listener. */
  constructor(
    frames: FrameSocket,
    info: ConnectionInfo,
    { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = {},
  ) {
    super()
    this.info = info
    this.#frames = frames
    this.#maxMessageBytes = maxMessageBytes
    this.#stopKeepAlive = keepAlive(frames)
    // Its own `newListener` is in no event map.
    const events = this as unknown as EventEmitter
    events.on('newListener', (event: unknown) => {
      if (!READING.has(event) || this.#isStarted) return
      this.#isStarted = true
      queueMicrotask(() => this.#start())
    })
  }

  get readyState(): 1 | 2 | 3 {
    if (this.#isClosed) return RelayWebSocket.CLOSED
    return this.#frames.isWritable && !this.#received ? RelayWebSocket.OPEN : RelayWebSocket.CLOSING
  }

  /** The sub-protocol that was agreed; '' when none was. */
  get protocol(): string {
    return this.info.protocol
  }

  /** Bytes that wait to be sent. */
  get bufferedAmount(): number {
    return this.#frames.queuedBytes
  }

  /**
   * Sends one message, a text as text; with `isFinal: false` its first or next fragment. False asks to wait for
   * `drain`. What is sent after a Close is dropped, as with `ws`.
   */
  send(
    data: string | ArrayBuffer | ArrayBufferView,
    { binary = typeof data !== 'string', isFinal = true } = {},
  ): boolean {
    const bytes = bytesOf(data)
    const first = binary ? OPCODE.binary : OPCODE.text
    const opcode = this.#isInMessage ? OPCODE.continuation : first
    this.#isInMessage = !isFinal
    return this.#frames.send(opcode, [bytes], isFinal)
  }

  ping(payload: string | ArrayBuffer | ArrayBufferView = ''): void {
    const bytes = bytesOf(payload)
    if (bytes.length > 125) throw new RangeError('a ping holds at most 125 bytes')
    this.#frames.ping(bytes)
  }

  /** Closes; `close` follows when the other side has answered, or after 30 s without an answer. */
  close(code?: number, reason?: string): void {
    if (code !== undefined && !isSendableCloseCode(code)) {
      throw new RangeError(`a Close cannot carry the code ${code}`)
    }
    if (!this.#frames.isWritable) return
    this.#isStarted ||= this.#startNow()
    this.#frames.sendClose(code, reason)
    this.resume()
    this.#timer ??= setTimeout(() => this.#frames.destroy(), CLOSE_TIMEOUT_MS)
    this.#timer.unref()
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#isStarted ||= this.#startNow()
    this.#frames.destroy()
  }

  /** Takes no more messages for now; the sender is slowed down. */
  pause(): void {
    this.#frames.pause()
  }

  resume(): void {
    this.#frames.resume()
  }

  #startNow(): true {
    queueMicrotask(() => this.#start())
    return true
  }

  #start(): void {
    const assembler = new MessageAssembler(this.#maxMessageBytes, {
      message: (data, isText) => this.emit('message', data, !isText),
      fault: ({ closeCode, reason }) => this.close(closeCode, reason),
    })
    this.#frames.start({
      data: (bytes) => assembler.data(bytes),
      messageEnd: (isText) => assembler.messageEnd(isText),
      readEnd: () => {},
      ping: (payload) => this.emit('ping', payload),
      pong: (payload) => this.emit('pong', payload),
      close: (code, reason) => {
        this.#received = { code: code ?? NO_CODE, reason: Buffer.from(reason) }
        // A message-level peer has nothing to say after a Close, and answers with the same code (RFC 6455 5.5.1).
        this.#frames.sendClose(code, reason)
      },
      drain: () => this.emit('drain'),
      gone: (error) => this.#gone(error),
    })
  }

  #gone(error: RelayClientError | undefined): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#stopKeepAlive()
    if (error?.code === 'RELAY_PROTOCOL' && this.listenerCount('error') > 0) {
      this.emit('error', error)
    }
    const { code, reason } = this.#received ?? { code: NO_CLOSE, reason: Buffer.alloc(0) }
    this.emit('close', code, reason)
  }
}

/** The bytes of what `ws` takes as well. Anything else would be counted wrong and break the frame. */
function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  if (data instanceof Uint8Array) return data
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  throw new TypeError('a message is a text, an ArrayBuffer, or a view of one')
}
