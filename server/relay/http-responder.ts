import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { ResponseMessage } from '../../protocol/control-message.ts'
import type { RelayErrorCode } from '../../protocol/errors.ts'
import { hasResponseBody, responseHead } from '../../protocol/http-message.ts'
import { cleanReason } from '../../protocol/reason-phrase.ts'
import type { ResponseSink } from './request-rendezvous.ts'

/** How an exchange ended for its sender. */
export type ResponderOutcome =
  | { readonly kind: 'ended'; readonly status: number; readonly altered: readonly string[] }
  /** The listener broke off, or fell silent inside a body. */
  | { readonly kind: 'broken'; readonly text: string }
  /** No head came in time. */
  | { readonly kind: 'timedOut' }
  /** The sender's request body stopped. */
  | { readonly kind: 'stalled' }
  /** The sender went away. */
  | { readonly kind: 'gone' }
  /** The relay itself ended it. */
  | { readonly kind: 'cancelled'; readonly code: RelayErrorCode }

export type ResponderOptions = {
  readonly response: ServerResponse
  readonly method: string
  readonly requestId: string
  readonly viaHost: string
  /** Longest silence inside a response's body, ms; the time a slow sender takes does not count. */
  readonly idleMs: number
  /** A head has come; `isStreamed` where the body follows it in pieces. */
  readonly onHead: (isStreamed: boolean) => void
  /** The sender takes more again. */
  readonly onDrain: () => void
}

const NOTHING = new Uint8Array(0)

/** Writes a listener's answer to the sender as it comes. */
export class HttpResponder implements ResponseSink {
  /** Resolves once, when nothing more will be written. */
  readonly outcome: Promise<ResponderOutcome>
  readonly #options: ResponderOptions
  #resolve!: (outcome: ResponderOutcome) => void
  #idle: NodeJS.Timeout | undefined
  #hasBody = true
  #isStreamed = false
  /** The sender does not take more yet. */
  #isFull = false
  #altered: readonly string[] = []
  #bodyBytes = 0
  #isOver = false

  constructor(options: ResponderOptions) {
    this.#options = options
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
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
    const { response, method, requestId, viaHost, onHead } = this.#options
    if (this.#isOver || this.hasHead || message.requestId !== requestId) return false
    const head = responseHead(message, viaHost)
    if (!head) {
      this.failed(`the listener answered with status ${message.statusCode}`)
      return false
    }
    this.#altered = head.altered
    this.#hasBody = hasResponseBody(method, head.status)
    const length = message.body ? bodyBytes : 0
    const isMeasured = this.#hasBody ? length !== undefined : head.status === 205
    const rawHeaders: string[] = []
    for (const [name, value] of head.headers) rawHeaders.push(name, value)
    if (isMeasured) rawHeaders.push('Content-Length', String(this.#hasBody ? length : 0))
    const reason = head.reason ?? STATUS_CODES[head.status] ?? ''
    response.writeHead(head.status, cleanReason(reason), rawHeaders)
    this.#isStreamed = length === undefined
    if (this.#isStreamed) {
      response.flushHeaders()
      this.#awaitMore()
    }
    onHead(this.#isStreamed)
    return true
  }

  part(bytes: Uint8Array): boolean {
    if (this.#isOver) return true
    this.#bodyBytes += bytes.length
    const { response } = this.#options
    const wantsMore = !this.#hasBody || response.write(bytes)
    if (wantsMore) this.#awaitMore()
    else {
      this.#stopIdle()
      if (!this.#isFull) response.once('drain', this.#onDrain)
      this.#isFull = true
    }
    return wantsMore
  }

  end(last = NOTHING): void {
    if (this.#isOver) return
    const { response } = this.#options
    this.#bodyBytes += last.length
    if (this.#hasBody && last.length > 0) response.end(last)
    else response.end()
    this.finish({ kind: 'ended', status: response.statusCode, altered: this.#altered })
  }

  failed(text: string): void {
    this.finish({ kind: 'broken', text })
  }

  /** Settles the outcome; the first counts. */
  finish(outcome: ResponderOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stopIdle()
    if (this.#isFull) this.#options.response.off('drain', this.#onDrain)
    this.#resolve(outcome)
  }

  readonly #onDrain = () => {
    this.#isFull = false
    this.#awaitMore()
    this.#options.onDrain()
  }

  /** The listener's time runs from now. */
  #awaitMore(): void {
    if (!this.#isStreamed || this.#isOver) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.failed('the response body stopped'), this.#options.idleMs)
  }

  #stopIdle(): void {
    clearTimeout(this.#idle)
    this.#idle = undefined
  }
}
