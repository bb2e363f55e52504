import type { Server } from 'node:http'
import { MemorySocket, type NearEnd, type SocketOrigin } from './memory-socket.ts'
import { type ResponseEvents, type ResponseHead, ResponseReader } from './response-reader.ts'

/** Who gets the answer to a request. */
export interface AnswerEvents extends ResponseEvents {
  /** Everything that the server wrote in one go has been told. True asks it to wait for `resume`. */
  flushed(): boolean
  /** The connection ended before the answer did. */
  broken(): void
  /** The server takes more of the request's body. */
  drained(): void
}

const CRLF = Buffer.from('\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/**
 * A connection in memory to a node:http server of this process. It carries one request after the other, as a sender's
 * own connection would, so that handlers get real requests and responses.
 */
export class ServerConnection {
  readonly #socket: MemorySocket
  readonly #reader = new ResponseReader({
    head: (head) => this.#head(head),
    body: (bytes) => this.#answer?.body(bytes),
    end: () => this.#end(),
  })
  readonly #onFree: () => void
  #answer: AnswerEvents | undefined
  /** Whose request is being sent; its answer may be over before. */
  #asked: AnswerEvents | undefined
  #isSending = false
  #isClosed = false

  /** `onFree` is called whenever a request is over, its own body too. */
  constructor(server: Server, origin: SocketOrigin, onFree: () => void) {
    this.#onFree = onFree
    this.#socket = new MemorySocket(origin, this.#nearEnd())
    server.emit('connection', this.#socket)
    // Else the first request would be read a tick later, and whoever asks would not learn of what its handler throws.
    this.#socket.read(0)
  }

  /** True when it can carry a request. */
  get isFree(): boolean {
    return !this.#isClosed && !this.#answer && !this.#isSending
  }

  /** True when it will never carry a request again. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends a request, whose `head` ends with the blank line and may have the body behind it; else `sendBody` follows. */
  ask(method: string, head: Buffer, isWhole: boolean, answer: AnswerEvents): void {
    this.#answer = answer
    this.#asked = answer
    this.#isSending = !isWhole
    this.#reader.begin(method)
    this.#socket.send(head)
  }

  /** Sends one chunk of the body. False asks to wait for `drained`. */
  sendBody(bytes: Buffer): boolean {
    this.#socket.send(Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1'))
    this.#socket.send(bytes)
    return this.#socket.send(CRLF)
  }

  /** The body has ended. */
  endBody(): void {
    this.#socket.send(LAST_CHUNK)
    this.#isSending = false
    this.#freed()
  }

  /** Lets the server write on after `flushed` answered true. */
  resume(): void {
    this.#socket.takeMore()
  }

  /** Ends it in order, once the server has finished what it is at. */
  close(): void {
    this.#isClosed = true
    this.#socket.sendEnd()
  }

  /** Breaks off: the handler notices that nobody is there any more, and nobody is told of its answer. */
  destroy(): void {
    this.#answer = undefined
    this.#isClosed = true
    this.#socket.cut()
  }

  #nearEnd(): NearEnd {
    return {
      written: (chunk, encoding) => {
        try {
          this.#reader.push(chunk, encoding)
        } catch {
          this.#lost()
          this.#socket.cut()
        }
      },
      flushed: () => this.#answer?.flushed() ?? false,
      drained: () => this.#asked?.drained(),
      ended: () => this.#lost(),
      closed: () => this.#lost(),
    }
  }

  #head(head: ResponseHead): void {
    if (this.#reader.isLast) this.#isClosed = true
    this.#answer?.head(head)
  }

  #end(): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.end()
    this.#freed()
  }

  #freed(): void {
    if (!this.#answer && !this.#isSending) this.#onFree()
  }

  /** The server's end is over; an answer without a length is whole then. */
  #lost(): void {
    this.#isClosed = true
    this.#reader.close()
    const answer = this.#answer
    this.#answer = undefined
    answer?.broken()
  }
}
