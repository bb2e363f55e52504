import { encodeResponse } from '../protocol/control-message.ts'
import type { HeaderList } from '../protocol/headers.ts'
import { headerBytes } from '../protocol/http-message.ts'
import { MAX_CONTROL_HEADER_BYTES, MAX_CONTROL_MESSAGE_BYTES } from '../protocol/limits.ts'
import type { RequestRendezvous, WholeRequest } from './request-rendezvous.ts'
import type { ResponseHead } from './response-reader.ts'
import type { AnswerEvents, ServerConnection } from './server-connection.ts'

export type HttpAnswerDeps = {
  /** How long a response is collected after its head before it is streamed, ms. */
  readonly flushDelayMs: number
  /** Writes a response to the control channel; false when there is none or it is gone. */
  readonly reply: (text: string, body?: Uint8Array) => boolean
  /** Opens the rendezvous of the request. */
  readonly open: () => Promise<RequestRendezvous>
  /** Nothing more will be written; with the error of a rendezvous that could not be opened. */
  readonly done: (error?: unknown) => void
}

/** Headers of one hop, which the relay makes anew (relay-protocol 5.5). */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
])

/**
 * Brings a handler's answer to the relay: a small one that is soon whole over the control channel, any other one over a
 * rendezvous, as it comes. Source: relay-protocol 5.4 to 5.7.
 */
export class HttpAnswer implements AnswerEvents {
  readonly #request: WholeRequest
  readonly #connection: ServerConnection
  readonly #deps: HttpAnswerDeps
  #rendezvous: RequestRendezvous | undefined
  #head: ResponseHead | undefined
  /** Those of the head that the relay is told. */
  #headers: HeaderList = []
  /** What waits for the end, or for a rendezvous. */
  #chunks: Buffer[] = []
  #bytes = 0
  #phase: 'collecting' | 'opening' | 'streaming' | 'over' = 'collecting'
  #isWhole = false
  /** What the head said of a body. */
  #hasBody = false
  #hasRoom = true
  #flushTimer: NodeJS.Timeout | undefined
  #onDrained: () => void = () => {}

  /** `rendezvous` is the one that brought the request, if one did: the answer goes there. */
  constructor(
    request: WholeRequest,
    connection: ServerConnection,
    rendezvous: RequestRendezvous | undefined,
    deps: HttpAnswerDeps,
  ) {
    this.#request = request
    this.#connection = connection
    this.#deps = deps
    if (rendezvous) this.#follow(rendezvous)
  }

  /** Calls `listener` when the server takes more of the request's body. */
  onDrained(listener: () => void): void {
    this.#onDrained = listener
  }

  head(head: ResponseHead): void {
    this.#head = head
    this.#headers = head.headers.filter(([name]) => !HOP_HEADERS.has(name.toLowerCase()))
    if (this.#rendezvous) this.#stream(this.#rendezvous)
  }

  body(bytes: Buffer): void {
    if (this.#phase === 'streaming') return this.#send(bytes)
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes > MAX_CONTROL_MESSAGE_BYTES) this.#open()
  }

  end(): void {
    this.#isWhole = true
    if (this.#phase === 'streaming') return this.#finish()
    if (this.#phase === 'opening') return
    const text = this.#text(this.#bytes > 0)
    const body = this.#bytes > 0 ? joined(this.#chunks) : undefined
    const fits = fitsControlChannel(text, this.#headers)
    if (fits && this.#deps.reply(text, body)) this.#over()
    else this.#open()
  }

  flushed(): boolean {
    if (this.#phase === 'collecting' && this.#head && !this.#isWhole) {
      this.#flushTimer ??= setTimeout(() => this.#open(), this.#deps.flushDelayMs)
    }
    return this.#phase === 'opening' || !this.#hasRoom
  }

  drained(): void {
    this.#onDrained()
  }

  /** The handler ended the connection without a whole answer: what has begun is cut, anything else is a 500. */
  broken(): void {
    if (this.#phase === 'over') return
    if (this.#phase === 'streaming') this.#rendezvous?.destroy()
    else this.#fail(500, 'The request handler broke off.')
    this.#over()
  }

  /** The handler never got the request: it has this answer. */
  refuse(statusCode: number, reason: string): void {
    this.#fail(statusCode, reason)
    this.#over()
  }

  /** A sender that leaves takes the handler's connection along. */
  #follow(rendezvous: RequestRendezvous): void {
    this.#rendezvous = rendezvous
    rendezvous.onGone(() => {
      if (this.#phase === 'over') return
      this.#connection.destroy()
      this.#over()
    })
  }

  #open(): void {
    if (this.#phase !== 'collecting') return
    clearTimeout(this.#flushTimer)
    this.#phase = 'opening'
    this.#deps.open().then(
      (rendezvous) => {
        if (this.#phase === 'over') return rendezvous.destroy()
        this.#follow(rendezvous)
        if (this.#phase === 'opening') this.#stream(rendezvous)
      },
      (error: unknown) => {
        if (this.#phase === 'over') return
        this.#connection.destroy()
        this.#over(error)
      },
    )
  }

  /** From now on everything goes over the rendezvous at once. */
  #stream(rendezvous: RequestRendezvous): void {
    clearTimeout(this.#flushTimer)
    this.#phase = 'streaming'
    rendezvous.onRoom(() => {
      this.#hasRoom = true
      this.#connection.resume()
    })
    this.#hasBody = this.#isWhole ? this.#bytes > 0 : this.#mayHaveBody()
    rendezvous.sendHead(this.#text(this.#hasBody))
    for (const chunk of this.#chunks.splice(0)) this.#send(chunk)
    if (this.#isWhole) this.#finish()
    else if (this.#hasRoom) this.#connection.resume()
  }

  #send(bytes: Buffer): void {
    if (this.#rendezvous?.sendPart(bytes) === false) this.#hasRoom = false
  }

  #finish(): void {
    this.#rendezvous?.finish(this.#hasBody)
    this.#over()
  }

  #fail(statusCode: number, reason: string): void {
    const { id } = this.#request
    const text = encodeResponse({
      requestId: id,
      statusCode,
      statusDescription: `${reason} TrackingId:${id}`,
      responseHeaders: [],
      body: false,
    })
    if (!this.#rendezvous) return void this.#deps.reply(text)
    this.#rendezvous.sendHead(text)
    this.#rendezvous.finish(false)
  }

  #over(error?: unknown): void {
    clearTimeout(this.#flushTimer)
    this.#phase = 'over'
    this.#chunks = []
    this.#deps.done(error)
  }

  #text(hasBody: boolean): string {
    return encodeResponse({
      requestId: this.#request.id,
      statusCode: this.#head?.statusCode ?? 500,
      statusDescription: this.#head?.statusMessage ?? null,
      responseHeaders: this.#headers,
      body: hasBody,
    })
  }

  /** What is said of a body before it is there. */
  #mayHaveBody(): boolean {
    const statusCode = this.#head?.statusCode
    return this.#request.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
  }
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return first && chunks.length === 1 ? first : Buffer.concat(chunks)
}

function fitsControlChannel(text: string, headers: HeaderList): boolean {
  return (
    headerBytes(headers) <= MAX_CONTROL_HEADER_BYTES &&
    Buffer.byteLength(text) <= MAX_CONTROL_MESSAGE_BYTES
  )
}
