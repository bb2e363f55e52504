import { Readable } from 'node:stream'
import { type ServiceMessage, decodeServiceMessage } from '../protocol/control-message.ts'
import { OPCODE } from '../protocol/websocket/frame-header.ts'
import { RelayClientError, closedError } from './errors.ts'
import type { FrameSocket } from './frame-socket.ts'

export type WholeRequest = Extract<ServiceMessage, { kind: 'request' }>

/** Longest head of a request, bytes; on a rendezvous the protocol names no limit. */
const MAX_TEXT_BYTES = 1024 * 1024
/** How long the relay may take to answer the Close behind a response, ms. */
const CLOSE_TIMEOUT_MS = 5_000

/** A WebSocket for one HTTP request: the relay writes the request there, the listener its response. */
export class RequestRendezvous {
  /** The request's head. Rejects when the connection ends before it came. */
  readonly request: Promise<WholeRequest>
  /** The request's body, as it comes; errs when the connection is lost. */
  readonly body: Readable
  readonly #frames: FrameSocket
  /** Says that more may be sent. */
  #onRoom: () => void = () => {}
  #onGone: () => void = () => {}
  #isGone = false
  #hasBegun = false
  #isBodyWhole = false
  #closeTimer: NodeJS.Timeout | undefined
  #text: Buffer[] = []
  #textBytes = 0
  #resolve!: (request: WholeRequest) => void
  #reject!: (error: RelayClientError) => void

  constructor(frames: FrameSocket) {
    this.#frames = frames
    this.request = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.request.catch(() => {})
    this.body = new Readable({ read: () => frames.resume() })
    this.body.on('error', () => {})
    frames.start({
      data: (bytes, isText) => (isText ? this.#collect(bytes) : this.#bodyPart(bytes)),
      messageEnd: (isText) => (isText ? this.#head() : this.#endBody()),
      readEnd: () => {},
      ping: () => {},
      pong: () => {},
      close: (code, reason) => {
        this.#lost(closedError(code, reason))
        frames.sendClose(code)
      },
      drain: () => this.#onRoom(),
      gone: (error) => this.#lost(error ?? closedError(1000, '')),
    })
  }

  /** Calls `listener` when the connection is gone; there is one listener. */
  onGone(listener: () => void): void {
    if (this.#isGone) listener()
    else this.#onGone = listener
  }

  sendHead(text: string): void {
    this.#frames.send(OPCODE.text, [Buffer.from(text, 'utf8')], true)
  }

  /** Calls `listener` when more may be sent, after {@link sendPart} answered false; there is one listener. */
  onRoom(listener: () => void): void {
    this.#onRoom = listener
  }

  /** Writes one frame of the response's body. False asks to wait for room. */
  sendPart(bytes: Uint8Array): boolean {
    const opcode = this.#hasBegun ? OPCODE.continuation : OPCODE.binary
    this.#hasBegun = true
    return this.#frames.send(opcode, [bytes], false)
  }

  /** Ends the body, if there is one, and the rendezvous, in one write, as the .NET listener does (relay-protocol 5.6). */
  finish(hasBody: boolean): void {
    this.#frames.cork()
    if (hasBody) {
      this.#frames.send(this.#hasBegun ? OPCODE.continuation : OPCODE.binary, [], true)
    }
    this.#frames.sendClose(1000, 'NormalClosure')
    this.#frames.uncork()
    if (this.#isGone) return
    this.#closeTimer = setTimeout(() => this.#frames.destroy(), CLOSE_TIMEOUT_MS)
    this.#closeTimer.unref()
    this.#frames.resume()
  }

  /** Breaks off: the relay cuts the sender's response. */
  destroy(): void {
    this.#frames.destroy()
  }

  #collect(bytes: Buffer): void {
    this.#textBytes += bytes.length
    if (this.#textBytes > MAX_TEXT_BYTES) return this.destroy()
    this.#text.push(bytes)
  }

  #head(): void {
    const text = Buffer.concat(this.#text.splice(0)).toString('utf8')
    try {
      const message = decodeServiceMessage(text)
      if (message.kind !== 'request') throw new TypeError('no request')
      if (!message.body) this.#endBody()
      this.#resolve(message)
    } catch (cause) {
      this.#reject(
        new RelayClientError('RELAY_PROTOCOL', 'The relay sent a request that cannot be read.', {
          cause,
        }),
      )
      this.destroy()
    }
  }

  #bodyPart(bytes: Buffer): void {
    if (this.body.destroyed || this.#isBodyWhole) return
    // Behind the response the relay's Close is waited for, before which little comes.
    if (!this.body.push(bytes) && !this.#closeTimer) this.#frames.pause()
  }

  #endBody(): void {
    if (this.body.destroyed || this.#isBodyWhole) return
    this.#isBodyWhole = true
    this.body.push(null)
  }

  #lost(error: RelayClientError): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#reject(error)
    clearTimeout(this.#closeTimer)
    if (!this.#isBodyWhole) this.body.destroy(error)
    this.#onGone()
  }
}
