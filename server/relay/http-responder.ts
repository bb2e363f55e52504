import type { ServerResponse } from 'node:http'
import type { ResponseMessage } from '../../protocol/control-message.ts'
import { hasResponseBody, responseHead } from '../../protocol/http-message.ts'
import { cleanReason } from '../../protocol/reason-phrase.ts'
import type { ResponseSink } from './request-rendezvous.ts'

/** How an exchange ended for its sender. */
export type ResponderOutcome =
  | { readonly kind: 'ended'; readonly status: number }
  /** The listener broke off, or fell silent inside a body. */
  | { readonly kind: 'broken'; readonly text: string }
  /** No head came in time. */
  | { readonly kind: 'timedOut' }
  /** The sender's request body stopped. */
  | { readonly kind: 'stalled' }
  /** The sender went away. */
  | { readonly kind: 'gone' }

export type ResponderOptions = {
  readonly response: ServerResponse
  readonly method: string
  readonly requestId: string
  readonly viaHost: string
  /** Longest silence inside a response's body, ms. */
  readonly idleMs: number
  /** A head has come. */
  readonly onHead: () => void
  /** The sender takes more again. */
  readonly onDrain: () => void
}

/** Writes a listener's answer to the sender as it comes. */
export class HttpResponder implements ResponseSink {
  /** Resolves once, when nothing more will be written. */
  readonly outcome: Promise<ResponderOutcome>
  readonly #options: ResponderOptions
  #resolve!: (outcome: ResponderOutcome) => void
  #idle: NodeJS.Timeout | undefined
  #hasBody = true
  #bodyBytes = 0
  #isOver = false

  constructor(options: ResponderOptions) {
    this.#options = options
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const { response } = options
    response.on('drain', options.onDrain)
    response.once('close', () => this.finish({ kind: 'gone' }))
  }

  /** Body bytes that came from the listener. */
  get bodyBytes(): number {
    return this.#bodyBytes
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get hasHead(): boolean {
    return this.#options.response.headersSent
  }

  head(message: ResponseMessage, bodyBytes?: number): boolean {
    const { response, method, requestId, viaHost, idleMs, onHead } = this.#options
    if (this.#isOver || this.hasHead || message.requestId !== requestId) return false
    const head = responseHead(message, viaHost)
    if (!head) {
      this.failed(`the listener answered with status ${message.statusCode}`)
      return false
    }
    this.#hasBody = hasResponseBody(method, head.status)
    const length = message.body ? bodyBytes : 0
    const isMeasured = this.#hasBody ? length !== undefined : head.status === 205
    const framing = isMeasured ? ['Content-Length', String(this.#hasBody ? length : 0)] : []
    response.writeHead(head.status, cleanReason(head.reason), [...head.headers.flat(), ...framing])
    if (message.body) response.flushHeaders()
    this.#idle = setTimeout(
      () => this.finish({ kind: 'broken', text: 'the response body stopped' }),
      idleMs,
    )
    onHead()
    return true
  }

  part(bytes: Uint8Array): boolean {
    if (this.#isOver) return true
    this.#idle?.refresh()
    this.#bodyBytes += bytes.length
    return this.#hasBody ? this.#options.response.write(bytes) : true
  }

  end(): void {
    if (this.#isOver) return
    const { response } = this.#options
    response.end()
    this.finish({ kind: 'ended', status: response.statusCode })
  }

  failed(text: string): void {
    this.finish({ kind: 'broken', text })
  }

  /** Settles the outcome; the first counts. */
  finish(outcome: ResponderOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#idle)
    this.#options.response.off('drain', this.#options.onDrain)
    this.#resolve(outcome)
  }
}
