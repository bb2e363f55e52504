import type { WebSocket } from 'ws'
import {
  type ResponseMessage,
  answeredRequest,
  decodeListenerMessage,
} from '../../protocol/control-message.ts'
import { RelayError } from '../../protocol/errors.ts'
import { MAX_CLOSE_REASON_BYTES } from '../../protocol/limits.ts'
import { cutCloseReason } from '../../protocol/reason-phrase.ts'
import type { Grant } from '../auth/authorize.ts'
import { startDeadline } from '../deadline.ts'
import type { ControlWriter } from './control-writer.ts'
import { ShortLivedSet } from './short-lived.ts'

/** What was known of a listener when its channel opened. */
export type ListenerIdentity = {
  /** Name within this server, `l_1`. */
  readonly id: string
  /** GUID part of its `sb-hc-id`, lower case: what selection headers name. */
  readonly listenerId: string
  readonly trackingId: string
  readonly namespace: string
  /** As the entity spells it. */
  readonly hybridConnection: string
  readonly label: string
  readonly remote: string
  readonly userAgent: string | null
  /** Scheme and host that rendezvous addresses get: those the listener itself dialled. */
  readonly scheme: 'ws' | 'wss'
  readonly host: string
}

/** How a channel ended. */
export type ChannelEnd = {
  readonly atMs: number
  readonly by: 'listener' | 'relay'
  readonly code: number | null
  readonly reason: string
}

export type ControlChannelDeps = {
  /** Writes commands to the connection of the WebSocket. */
  readonly writer: ControlWriter
  readonly now: () => number
  readonly pingIntervalMs: number
  readonly tokenGraceMs: number
  /** Checks the token of a `renewToken`. Throws RelayError. */
  readonly authorize: (token: string) => Grant | Promise<Grant>
  /** What follows a text in Close reasons and logs: the tracking suffix. */
  readonly suffix: () => string
  readonly on: ControlChannelEvents
}

export type ControlChannelEvents = {
  renewed(channel: ControlChannel): void
  renewalRefused(channel: ControlChannel, fault: RelayError): void
  expired(channel: ControlChannel): void
  unresponsive(channel: ControlChannel): void
  /** An answer to an HTTP request that cannot be read; `text` says why. */
  malformed(channel: ControlChannel, requestId: string, text: string): void
  /** An answer to an HTTP request, its body whole. */
  responded(channel: ControlChannel, message: ResponseMessage, body: Uint8Array): void
  ended(channel: ControlChannel): void
}

/** A channel with more than this waiting to be read takes no further offers, bytes. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024
/** Pings without an answer before a channel counts as dead. Source: relay-protocol 3.4. */
const MAX_MISSED_PONGS = 2
const NO_BODY = new Uint8Array(0)
/** How long a listener may take to answer a Close, ms. */
const CLOSE_TIMEOUT_MS = 5_000

/** One listener: its WebSocket, the life of its token, and whether it still answers. */
export class ControlChannel {
  readonly identity: ListenerIdentity
  readonly sinceMs: number
  offered = 0
  accepted = 0
  /** Sum of 1/k over the picks it was eligible for. */
  expected = 0
  /** Offers to all listeners of its hybrid connection while it was connected. */
  offers = 0
  /** Senders it turned away, and offers it did not take in time. */
  rejected = 0
  timedOut = 0
  /** Tokens that followed the first. */
  renewals = 0
  missedPongs = 0
  lastPongAtMs: number | null = null
  pingMs: number | null = null
  readonly #socket: WebSocket
  readonly #deps: ControlChannelDeps
  readonly #onEnd = new ShortLivedSet<() => void>()
  #grant: Grant
  #end: ChannelEnd | null = null
  /** A response whose body is the next binary message. */
  #announced: ResponseMessage | undefined
  /** What the relay itself wrote as Close; no code when it cut the connection. */
  #ownClose: { readonly code: number | null; readonly reason: string } | undefined
  #stopDeadline: () => void = () => {}
  #pings: NodeJS.Timeout | undefined
  #pingedAt = 0

  constructor(
    socket: WebSocket,
    identity: ListenerIdentity,
    grant: Grant,
    deps: ControlChannelDeps,
  ) {
    this.#socket = socket
    this.identity = identity
    this.#grant = grant
    this.#deps = deps
    this.sinceMs = deps.now()
    socket.on('error', () => {})
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary || this.#announced) this.#receiveBody(data)
      else this.#receive(data.toString('utf8'))
    })
    socket.on('pong', () => this.#ponged())
    socket.on('close', (code: number, reason: Buffer) =>
      this.#closed(code, reason.toString('utf8')),
    )
    this.#armExpiry()
    if (deps.pingIntervalMs > 0) {
      this.#pings = setInterval(() => this.#ping(), deps.pingIntervalMs)
      this.#pings.unref()
    }
  }

  /** Rule and expiry of the token in force. */
  get grant(): Grant {
    return this.#grant
  }

  /** How it ended; null while it lives. */
  get end(): ChannelEnd | null {
    return this.#end
  }

  /** True until either side begins to close it. */
  get isOpen(): boolean {
    return (
      this.#end === null &&
      this.#ownClose === undefined &&
      this.#socket.readyState === this.#socket.OPEN
    )
  }

  /** True while an offer can be written to it. */
  get isUsable(): boolean {
    return this.isOpen && this.#socket.bufferedAmount < MAX_BUFFERED_BYTES
  }

  /** Writes one command, and right behind it the body it announces. False when the channel is dead. */
  send(command: string, body?: Uint8Array): boolean {
    if (!this.isUsable) return false
    this.#deps.writer.write(command, body)
    return true
  }

  /** Calls `listener` when the channel ends, unless the returned function was called before. */
  onEnd(listener: () => void): () => void {
    const membership = this.#onEnd.add(listener)
    return () => void membership.leave()
  }

  /** Closes with `text` and the tracking suffix, cut to what a Close frame holds. Established tunnels stay. */
  close(code: number, text: string): void {
    if (this.#ownClose || this.#end) return
    const reason = closeReason(text, this.identity.trackingId, this.#deps.suffix())
    this.#ownClose = { code, reason }
    this.#socket.close(code, reason)
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS)
    timer.unref()
    this.onEnd(() => clearTimeout(timer))
  }

  /** Closes as at the end of the token in force. Source: relay-protocol 3.6. */
  expire(): void {
    if (this.#ownClose || this.#end) return
    this.#deps.on.expired(this)
    this.close(1008, 'ExpiredToken: The token is expired.')
  }

  /** Cuts the TCP connection. */
  cut(): void {
    if (this.#end) return
    this.#ownClose ??= { code: null, reason: 'cut' }
    this.#socket.terminate()
  }

  #receive(text: string): void {
    let message
    try {
      message = decodeListenerMessage(text)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      // Unparsable messages are ignored (relay-protocol 3.3), but a sender need not wait for what will not come.
      const requestId = answeredRequest(text)
      if (requestId !== undefined) this.#deps.on.malformed(this, requestId, error.message)
      return
    }
    switch (message.kind) {
      case 'renewToken':
        return this.#renew(message.token)
      case 'response':
        if (message.body) this.#announced = message
        else this.#deps.on.responded(this, message, NO_BODY)
        return
      case 'unknown':
    }
  }

  /**
   * The next data message behind a response is its body, text too, as for official listeners (relay-protocol 5.6); a
   * binary one that nobody announced is ignored.
   */
  #receiveBody(body: Uint8Array): void {
    const message = this.#announced
    this.#announced = undefined
    if (message) this.#deps.on.responded(this, message, body)
  }

  #renew(token: string): void {
    // Nothing prolongs a channel that is being closed, and one refusal is told once.
    if (this.#ownClose) return
    try {
      const grant = this.#deps.authorize(token)
      if (!(grant instanceof Promise)) return this.#renewed(grant)
      // A token of Entra ID takes a while.
      grant.then(
        (later) => this.#renewed(later),
        (error) => this.#renewalRefused(error),
      )
    } catch (error) {
      this.#renewalRefused(error)
    }
  }

  #renewed(grant: Grant): void {
    if (this.#ownClose || this.#end) return
    this.#grant = grant
    this.renewals++
    this.#armExpiry()
    this.#deps.on.renewed(this)
  }

  #renewalRefused(error: unknown): void {
    if (!(error instanceof RelayError)) throw error
    if (this.#ownClose || this.#end) return
    this.#deps.on.renewalRefused(this, error)
    this.close(1008, error.message)
  }

  #armExpiry(): void {
    this.#stopDeadline()
    const atMs = this.#grant.expiresAtMs + this.#deps.tokenGraceMs
    this.#stopDeadline = startDeadline(atMs, this.#deps.now, () => this.expire())
  }

  #ping(): void {
    if (this.missedPongs >= MAX_MISSED_PONGS) {
      this.#deps.on.unresponsive(this)
      return this.cut()
    }
    this.missedPongs++
    this.#pingedAt = performance.now()
    this.#socket.ping()
  }

  #ponged(): void {
    this.missedPongs = 0
    this.lastPongAtMs = this.#deps.now()
    if (this.#pingedAt > 0) this.pingMs = performance.now() - this.#pingedAt
    this.#pingedAt = 0
  }

  #closed(code: number, reason: string): void {
    this.#stopDeadline()
    clearInterval(this.#pings)
    const own = this.#ownClose
    this.#end = {
      atMs: this.#deps.now(),
      by: own ? 'relay' : 'listener',
      // 1005 and 1006 never stood on the wire: no code was given.
      code: own ? own.code : code === 1005 || code === 1006 ? null : code,
      reason: own ? own.reason : reason,
    }
    for (const listener of this.#onEnd) listener()
    this.#deps.on.ended(this)
  }
}

/**
 * A text and the tracking suffix as a Close frame holds them. A long text gives way, so that the tracking id stays
 * whole: it is what a listener's log is searched for (relay-protocol 3.6).
 */
function closeReason(text: string, trackingId: string, suffix: string): string {
  const room = MAX_CLOSE_REASON_BYTES - ` TrackingId:${trackingId}`.length
  const shown = text.length <= room ? text : `${text.slice(0, room - 3)}...`
  return cutCloseReason(shown + suffix)
}
