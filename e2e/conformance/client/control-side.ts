import { OPCODE } from '../../../protocol/websocket/frame-header.ts'
import type { Scope } from '../scope.ts'
import { Waiters } from '../wait.ts'
import { type Frame, readClose } from '../wire/frames.ts'
import type { Peer } from '../wire/peer.ts'
import type { Arrival } from './arrival.ts'

/** A `response` of the listener under test, with its body where it announced one. */
export type SeenResponse = {
  readonly requestId: unknown
  readonly statusCode: unknown
  readonly statusDescription: unknown
  readonly responseHeaders: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly data: Buffer | undefined
}

/** Longest time that a listener may be silent without being in the wrong, ms. */
const FOREVER_MS = 2 ** 30

/**
 * The relay's side of a control channel, or of a rendezvous for requests: reads all the time, answers pings, and keeps
 * responses, renewals and faults for the cases.
 */
export class ControlSide {
  readonly arrival: Arrival
  readonly peer: Peer
  readonly responses: SeenResponse[] = []
  readonly renewals: string[] = []
  readonly pongs: string[] = []
  /** What no relay could make anything of. */
  readonly faults: string[] = []
  close: { readonly code: number | undefined; readonly reason: string } | undefined
  readonly #changes = new Waiters()
  #message: { readonly isText: boolean; readonly parts: Buffer[] } | undefined
  #announced: Omit<SeenResponse, 'data'> | undefined

  constructor(arrival: Arrival) {
    this.arrival = arrival
    this.peer = arrival.peer
    void this.#read()
  }

  /** True until either side closed it or it was lost. */
  get isOnline(): boolean {
    return this.close === undefined && !this.peer.isOver
  }

  /** The response to this request. */
  async response(
    scope: Scope,
    requestId: string,
    patienceMs = scope.patienceMs,
  ): Promise<SeenResponse> {
    return this.until(
      scope,
      'the response',
      () => this.responses.find((response) => response.requestId === requestId),
      patienceMs,
    )
  }

  /** Waits for something that this channel keeps. */
  until<Value>(
    scope: Scope,
    what: string,
    poll: () => Value | undefined,
    patienceMs = scope.patienceMs,
  ): Promise<Value> {
    return this.#changes.until(scope, what, poll, {
      patienceMs,
      isOver: () => {
        if (this.faults[0] !== undefined) return this.faults[0]
        return this.isOnline ? undefined : 'the listener closed its channel'
      },
    })
  }

  /** Writes a text message. */
  write(text: string): void {
    this.peer.sendText(text)
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        this.#take(await this.peer.frame('a frame', FOREVER_MS))
        this.#changes.wake()
        if (this.close) return
      }
    } catch {
      // The connection is over; whoever waits is told.
    } finally {
      this.#changes.wake()
    }
  }

  #take(frame: Frame): void {
    if (!frame.masked) this.faults.push('a frame of the client is not masked')
    if (frame.rsv !== 0) this.faults.push('a frame of the client has a reserved bit')
    switch (frame.opcode) {
      case OPCODE.ping:
        return this.peer.send({ opcode: OPCODE.pong, payload: frame.payload })
      case OPCODE.pong:
        this.pongs.push(frame.payload.toString())
        return
      case OPCODE.close:
        this.close = readClose(frame)
        // An answer to one of ours ends the connection; one of the client's own is echoed first.
        this.peer.endWithClose(this.close.code)
        return
      default:
        return this.#takeData(frame)
    }
  }

  #takeData({ opcode, fin, payload }: Frame): void {
    this.#message ??= { isText: opcode === OPCODE.text, parts: [] }
    this.#message.parts.push(payload)
    if (!fin) return
    const { isText, parts } = this.#message
    this.#message = undefined
    const data = Buffer.concat(parts)
    if (isText) this.#takeCommand(data.toString())
    else this.#takeBody(data)
  }

  #takeBody(data: Buffer): void {
    const announced = this.#announced
    this.#announced = undefined
    if (announced) this.responses.push({ ...announced, data })
    // hyco-https writes an empty one behind body:false; every relay must ignore it (relay-protocol 5.6).
    else if (data.length > 0) this.faults.push('a body came that no response announced')
  }

  #takeCommand(text: string): void {
    if (this.#announced) this.faults.push('a text came between a response and its body')
    const parsed = parseObject(text)
    const [name, ...others] = Object.keys(parsed ?? {})
    if (!parsed || name === undefined || others.length > 0) {
      this.faults.push('a text of the client is no object with one member')
    } else if (name === 'renewToken') {
      const { token } = parsed[name] as { token?: unknown }
      this.renewals.push(String(token))
    } else if (name === 'response') {
      const response = readResponse(parsed[name])
      if (response.body === true) this.#announced = response
      else this.responses.push({ ...response, data: undefined })
    } else this.faults.push(`the client sent the unknown command ${name}`)
  }
}

function readResponse(value: unknown): Omit<SeenResponse, 'data'> {
  const members = (value ?? {}) as Record<string, unknown>
  const { requestId, statusCode, statusDescription, body } = members
  const responseHeaders = (members['responseHeaders'] ?? {}) as Record<string, unknown>
  return { requestId, statusCode, statusDescription, responseHeaders, body }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
