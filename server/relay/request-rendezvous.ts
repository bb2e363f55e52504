import type { Duplex } from 'node:stream'
import { decodeListenerMessage, type ResponseMessage } from '../../protocol/control-message.ts'
import { RelayError } from '../../protocol/errors.ts'
import { MAX_JETTY_FRAME_BYTES } from '../../protocol/limits.ts'
import { cutCloseReason } from '../../protocol/reason-phrase.ts'
import { FIN, OPCODE, controlFrame, frameHeader } from '../../protocol/websocket/frame-header.ts'
import { MessageReader } from './message-reader.ts'
import { closePayload } from './splice.ts'

/** Who gets what a listener sends on a rendezvous for one request. */
export interface ResponseSink {
  /** The head of the answer; `bodyBytes` where the body is at hand. False refuses it: the id is another's. */
  head(message: ResponseMessage, bodyBytes?: number): boolean
  /** A piece of the body. False asks for a pause, until `resume` of the rendezvous is called. */
  part(bytes: Uint8Array): boolean
  /** The answer is whole; `last` is its body where that is at hand. */
  end(last?: Uint8Array): void
  /** The listener broke off; `text` says how. */
  failed(text: string): void
}

/** Texts of Close 1002. Source: relay-protocol 5.7. */
const FAULTS = {
  notText: 'Command messages must be MessageType=Text, actual=Binary',
  notResponse: "'response' command was expected.",
  noRequestId: "'response.requestId' is required.",
  premature: 'Premature shutdown: WebSocket closed.',
}
/** The payload of the relay's own Ping; a Pong nobody asked for has another. */
const PING = Buffer.from('read')
/** How long a listener may take to answer a Close, ms. */
const LINGER_MS = 5_000
/** The relay's own writes are held back while more than this waits, bytes. */
const MAX_QUEUED_BYTES = 256 * 1024

/**
 * A WebSocket that a listener opened for a request: the relay writes requests that are too large for the control
 * channel, the listener writes responses. It may outlive its first request. Source: relay-protocol 5.7.
 */
export class RequestRendezvous {
  readonly #socket: Duplex
  readonly #reader: MessageReader
  readonly #onClosed: () => void
  #sink: ResponseSink | undefined
  /** Where the listener's stream stands. */
  #phase: 'head' | 'body' | 'idle' = 'idle'
  #hasSpoken = false
  #isClosing = false
  #isMidRequest = false
  /** Told when the listener closes before it has answered a request that it may not have read. */
  #onUnread: (() => void) | undefined
  /** Called when the listener has read up to the Ping, answers, or is gone. */
  #onRead: (() => void) | undefined
  #linger: NodeJS.Timeout | undefined

  /** The 101 has been written to `socket`. `onClosed` is called once when it can carry nothing more. */
  constructor(socket: Duplex, onClosed: () => void) {
    this.#socket = socket
    this.#onClosed = onClosed
    this.#reader = new MessageReader({
      text: (message) => this.#text(message),
      binaryPart: (bytes) => this.#binaryPart(bytes),
      binaryEnd: () => this.#binaryEnd(),
      ping: (payload) => this.#pong(payload),
      pong: (payload) => {
        if (payload.equals(PING)) this.#settleRead()
      },
      close: (payload) => this.#closedByListener(payload),
      violation: (reason) => this.#fault(reason),
    })
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    socket.once('end', () => this.#lost())
    socket.once('close', () => {
      clearTimeout(this.#linger)
      this.#lost()
    })
    socket.resume()
  }

  /** True when a further request may be written. */
  get isIdle(): boolean {
    return !this.#isClosing && this.#phase === 'idle' && !this.#isMidRequest
  }

  /** True while a part of the request's body is still to be written. */
  get isMidRequest(): boolean {
    return this.#isMidRequest
  }

  /**
   * Answers to the next request go to `sink`. `onUnread` is called instead of `failed` when the listener closes with
   * 1000 before it has begun to answer: official ones close behind each response, and may do so while the next
   * request is on its way.
   */
  expect(sink: ResponseSink, onUnread?: () => void): void {
    this.#sink = sink
    this.#onUnread = onUnread
    this.#phase = 'head'
  }

  /** Writes a whole text message. */
  sendText(text: string): void {
    const payload = Buffer.from(text, 'utf8')
    this.#write(Buffer.concat([frameHeader(FIN | OPCODE.text, payload.length), payload]))
  }

  /** Writes a part of the request's body, a long one in several frames. Resolves when more may come. */
  async sendPart(bytes: Uint8Array, isFinal: boolean): Promise<void> {
    this.#socket.cork()
    let at = 0
    do {
      const piece = bytes.subarray(at, at + MAX_JETTY_FRAME_BYTES)
      at += piece.length
      this.#writeFrame(piece, isFinal && at === bytes.length)
    } while (at < bytes.length)
    this.#socket.uncork()
    if (this.#socket.writableNeedDrain && this.#socket.writableLength > MAX_QUEUED_BYTES) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#socket.off('drain', done)
          this.#socket.off('close', done)
          resolve()
        }
        this.#socket.on('drain', done)
        this.#socket.on('close', done)
      })
    }
  }

  /**
   * Resolves when the listener has read all that was written, begins to answer, or is gone. It is asked by a Ping, to
   * which any Close that it had sent before comes first.
   */
  async untilRead(): Promise<void> {
    if (this.#isClosing || this.#phase !== 'head') return
    await new Promise<void>((resolve) => {
      this.#onRead = resolve
      this.#write(controlFrame(OPCODE.ping, PING))
    })
  }

  /** Reads on after {@link ResponseSink.part} asked for a pause. */
  resume(): void {
    this.#socket.resume()
  }

  /** Lets go of the current request; an answer that is still coming makes the rendezvous useless. */
  abandon(code: number, reason: string): void {
    this.#sink = undefined
    this.close(code, reason)
  }

  /** Ends it with a Close frame. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#socket.resume()
    this.#write(controlFrame(OPCODE.close, closePayload(code, cutCloseReason(reason))))
    this.#end()
  }

  #text(message: string): void {
    this.#hasSpoken = true
    if (this.#isClosing) return
    // The next data message is the body, whatever its type (relay-protocol 5.6).
    if (this.#phase === 'body') {
      this.#binaryPart(Buffer.from(message))
      return this.#binaryEnd()
    }
    let response
    try {
      response = decodeListenerMessage(message)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      return this.#fault(/requestId/.test(error.message) ? FAULTS.noRequestId : FAULTS.notResponse)
    }
    if (response.kind !== 'response') return this.#fault(FAULTS.notResponse)
    if (response.requestId === '') return this.#fault(FAULTS.noRequestId)
    if (!this.#sink?.head(response)) return
    this.#settleRead()
    if (response.body) this.#phase = 'body'
    else this.#finish()
  }

  #binaryPart(bytes: Uint8Array): void {
    if (this.#phase === 'body') {
      if (this.#sink?.part(bytes) === false) this.#socket.pause()
    } else if (!this.#hasSpoken) this.#fault(FAULTS.notText)
  }

  /** A binary message nobody announced is ignored, as hyco-https sends one behind 204 and 304. */
  #binaryEnd(): void {
    if (this.#phase === 'body') this.#finish()
    else if (!this.#hasSpoken) this.#fault(FAULTS.notText)
  }

  #finish(): void {
    const sink = this.#sink
    this.#sink = undefined
    this.#phase = 'idle'
    // The last piece may have asked for a pause; what comes next is of another request.
    this.#socket.resume()
    sink?.end()
  }

  /** Close 1000 inside a body is its end: the Java client writes no final frame. Source: relay-protocol 5.6. */
  #closedByListener(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : null
    if (this.#phase === 'body' && code === 1000) this.#finish()
    if (this.#isClosing) return
    if (this.#phase === 'head' && code === 1000 && this.#onUnread) {
      this.#sink = undefined
      this.#phase = 'idle'
      this.#onUnread()
    }
    if (this.#phase !== 'idle') return this.#fault(FAULTS.premature)
    this.#isClosing = true
    this.#write(controlFrame(OPCODE.close, payload))
    this.#end()
  }

  /** Ends the socket after what is queued, but not later than the linger time. */
  #end(): void {
    this.#socket.end()
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#linger.unref()
    this.#settleRead()
    this.#onClosed()
  }

  /** Frames are written whole, so a control frame may stand between any two of them. */
  #pong(payload: Buffer): void {
    if (!this.#isClosing && this.#socket.writableLength <= MAX_QUEUED_BYTES) {
      this.#write(controlFrame(OPCODE.pong, payload))
    }
  }

  #settleRead(): void {
    this.#onRead?.()
    this.#onRead = undefined
  }

  #fault(text: string): void {
    const sink = this.#sink
    this.#sink = undefined
    this.#reader.stop()
    this.close(1002, text)
    sink?.failed(text)
  }

  #lost(): void {
    const sink = this.#sink
    this.#sink = undefined
    if (!this.#isClosing) {
      this.#isClosing = true
      this.#socket.destroy()
      this.#settleRead()
      this.#onClosed()
    }
    sink?.failed(FAULTS.premature)
  }

  #writeFrame(bytes: Uint8Array, isFinal: boolean): void {
    const opcode = this.#isMidRequest ? OPCODE.continuation : OPCODE.binary
    this.#isMidRequest = !isFinal
    this.#write(frameHeader((isFinal ? FIN : 0) | opcode, bytes.length))
    if (bytes.length > 0) this.#write(bytes)
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes)
  }
}
