import type { ResponseMessage } from '../../protocol/control-message.ts'
import type { ControlChannel } from './control-channel.ts'
import type { ResponseSink } from './request-rendezvous.ts'
import { ShortLivedMap } from './short-lived.ts'

/** Requests that were given to a control channel and may be answered on it. One per server. */
export class PendingResponses {
  readonly #pending = new ShortLivedMap<{ channel: ControlChannel; sink: ResponseSink }>()

  has(requestId: string): boolean {
    return this.#pending.has(requestId)
  }

  add(requestId: string, channel: ControlChannel, sink: ResponseSink): void {
    this.#pending.set(requestId, { channel, sink })
  }

  delete(requestId: string): void {
    this.#pending.delete(requestId)
  }

  /** Tells that a listener's answer cannot be read; `text` says how. An id that is unknown or another's is ignored. */
  fail(channel: ControlChannel, requestId: string, text: string): void {
    const pending = this.#pending.get(requestId)
    if (pending?.channel !== channel) return
    this.#pending.delete(requestId)
    pending.sink.failed(text)
  }

  /** Hands on what a listener answered; an id that is unknown, answered or another's is ignored. */
  respond(channel: ControlChannel, message: ResponseMessage, body: Uint8Array): void {
    const pending = this.#pending.get(message.requestId)
    if (pending?.channel !== channel) return
    this.#pending.delete(message.requestId)
    if (!pending.sink.head(message, body.length)) return
    pending.sink.end(body)
  }
}
