import { randomUUID } from 'node:crypto'
import { EventEmitter, setMaxListeners } from 'node:events'
import { type RequestListener, Server } from 'node:http'
import { listenAddress } from '../protocol/addresses.ts'
import type { ServiceMessage } from '../protocol/control-message.ts'
import { type Clock, systemClock } from './clock.ts'
import type { ConnectionInfo } from './connection-info.ts'
import { ControlChannel } from './control-channel.ts'
import { controlLink } from './control-link.ts'
import type { ControlState } from './control-state.ts'
import { type Dialled, type DialOptions, Dialer } from './dialer.ts'
import { type RelayClientOptions, type RelayEndpoint, readEndpoint } from './endpoint.ts'
import { RelayClientError } from './errors.ts'
import type { FrameSocket } from './frame-socket.ts'
import { HttpService } from './http-service.ts'
import { HybridStream } from './hybrid-stream.ts'
import { type AcceptHandler, type ConnectionOffer, acceptAll } from './offer.ts'
import { SenderMeeting } from './sender-meeting.ts'
import { tokenFrom } from './token-provider.ts'

export type ListenerOptions = RelayClientOptions & {
  /** GUID by which senders may pick this listener; kept over reconnects. A random one by default. */
  readonly id?: string | undefined
  /** Decides on each sender. Default: all are accepted. */
  readonly acceptHandler?: AcceptHandler | undefined
  /** Answers relayed HTTP requests; a server that does not listen itself. Without one they get 501. */
  readonly requestServer?: Server | undefined
  /** Silence after which the control channel is tested by a ping, ms; half of it is the time to answer. Default 60,000. */
  readonly pingIntervalMs?: number | undefined
  /** How long connecting may take, ms. Default 30,000. */
  readonly connectTimeoutMs?: number | undefined
  /** How long deciding on a sender and dialling its rendezvous may take together, ms. Default 20,000. */
  readonly acceptTimeoutMs?: number | undefined
  /** A response that has not ended this long after its head is streamed, ms. Default 2,000. */
  readonly flushDelayMs?: number | undefined
  readonly clock?: Clock | undefined
}

export type ListenerEvents<Connection> = {
  connecting: [state: Extract<ControlState, { phase: 'connecting' }>]
  online: []
  /** It connects again by itself after `retryInMs`. */
  offline: [state: Extract<ControlState, { phase: 'offline' }>]
  /** For good; with an error when the hybrid connection is gone. */
  stopped: [error: RelayClientError | undefined]
  /** A relayed connection. While nobody listens, connections wait for the asynchronous iterator. */
  connection: [connection: Connection]
  /** The token was renewed; Unix time in ms of its end. */
  renewed: [expiresAtMs: number]
  /** Something failed that leaves the listener as it is: a sender that left, a token provider. */
  fault: [error: RelayClientError]
}

/** Makes of an open rendezvous what users of a listener get. `offer` is the object that the accept handler saw. */
export type WrapConnection<Connection> = (
  frames: FrameSocket,
  info: ConnectionInfo,
  offer: ConnectionOffer,
) => Connection

const CONNECT_TIMEOUT_MS = 30_000
/** As the official listeners (relay-protocol 4.1). */
const ACCEPT_TIMEOUT_MS = 20_000
const PING_INTERVAL_MS = 60_000
const FLUSH_DELAY_MS = 2_000
/** Connections that nobody has claimed yet; further senders are rejected with 503. */
const MAX_UNCLAIMED = 128

/** Listens on a hybrid connection with streams of bytes. It connects at once and until it is closed. */
export function createListener(options: ListenerOptions): RelayListener<HybridStream> {
  return new RelayListener(options, (frames, info) => new HybridStream(frames, info)).start()
}

/** One listener of a hybrid connection. Made by `createListener` or `createWebSocketListener`. */
export class RelayListener<Connection>
  extends EventEmitter<ListenerEvents<Connection>>
  implements AsyncIterable<Connection>, AsyncDisposable
{
  readonly id: string
  readonly endpoint: RelayEndpoint
  readonly #options: ListenerOptions
  readonly #wrap: WrapConnection<Connection>
  readonly #dialer: Dialer
  readonly #channel: ControlChannel
  readonly #http: HttpService
  readonly #meeting: SenderMeeting
  readonly #closing = new AbortController()
  readonly #unclaimed: { readonly connection: Connection; readonly frames: FrameSocket }[] = []
  readonly #wakers = new Set<() => void>()

  /** With `reusesReads` the frames that `wrap` gets read into memory that is used again: for tunnels. */
  constructor(
    options: ListenerOptions,
    wrap: WrapConnection<Connection>,
    { reusesReads = false } = {},
  ) {
    super()
    this.endpoint = readEndpoint(options)
    const { tokenProvider, scheme } = this.endpoint
    if (!tokenProvider) {
      throw new RelayClientError(
        'RELAY_OPTIONS_INVALID',
        'A listener needs a key, a token or a token provider.',
      )
    }
    this.id = options.id ?? randomUUID()
    // Every connection that is being opened listens to it.
    setMaxListeners(0, this.#closing.signal)
    this.#options = options
    this.#wrap = wrap
    this.#dialer = new Dialer({
      ca: options.ca,
      zeroMask: options.zeroMask,
      isPlainAllowed: scheme === 'ws',
    })
    const clock = options.clock ?? systemClock({ isKeptAlive: true })
    this.#channel = new ControlChannel({
      clock,
      pingIntervalMs: options.pingIntervalMs ?? PING_INTERVAL_MS,
      token: (signal) => tokenFrom(tokenProvider, this.endpoint.audience, signal),
      open: (token, signal) => this.#open(token, signal),
      on: {
        state: (state) => this.#stateChanged(state),
        message: (message, body) => this.#received(message, body),
        renewed: (expiresAtMs) => this.emit('renewed', expiresAtMs),
        fault: (error) => this.emit('fault', error),
      },
    })
    this.#http = new HttpService({
      server: options.requestServer ?? new Server(answerNotImplemented),
      isSecure: scheme === 'wss',
      flushDelayMs: options.flushDelayMs ?? FLUSH_DELAY_MS,
      reply: (text, body) => this.#channel.send(text, body),
      dial: (address) => this.#dialRendezvous(address, { signal: this.#closing.signal }),
      fault: (error) => this.emit('fault', error),
    })
    this.#meeting = new SenderMeeting({
      acceptHandler: options.acceptHandler ?? acceptAll,
      timeoutMs: options.acceptTimeoutMs ?? ACCEPT_TIMEOUT_MS,
      closing: this.#closing.signal,
      isFull: () => this.#unclaimed.length >= MAX_UNCLAIMED,
      dial: (address, wanted) => this.#dialRendezvous(address, { ...wanted, reusesReads }),
      met: (dialled, offer) => this.#met(dialled, offer),
      fault: (error) => this.emit('fault', error),
    })
  }

  get state(): ControlState {
    return this.#channel.state
  }

  /** HTTP requests that are being answered. */
  get activeRequests(): number {
    return this.#http.active
  }

  /** Begins to connect once the caller has attached its handlers. */
  start(): this {
    queueMicrotask(() => {
      if (!this.#closing.signal.aborted) this.#channel.start()
    })
    return this
  }

  /**
   * Resolves when the listener is online. Rejects with the error of an attempt that fails in the meantime, though the
   * listener goes on trying, and with `signal.reason`.
   */
  online(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const { state } = this
    if (state.phase === 'online') return Promise.resolve()
    if (state.phase === 'stopped') return Promise.reject(state.error ?? closedByThisEnd())
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.off('online', onOnline).off('offline', onOffline).off('stopped', onStopped)
        signal?.removeEventListener('abort', onAbort)
        act()
      }
      const onOnline = () => settle(resolve)
      const onOffline = ({ error }: { error: RelayClientError }) => settle(() => reject(error))
      const onStopped = (error: RelayClientError | undefined) =>
        settle(() => reject(error ?? closedByThisEnd()))
      const onAbort = () => settle(() => reject(signal?.reason as Error))
      this.on('online', onOnline).on('offline', onOffline).on('stopped', onStopped)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /**
   * Takes no more senders and closes the control channel. Connections that were taken stay open; HTTP requests are
   * answered first, for at most `drainMs` (default 0).
   */
  async close({ drainMs = 0 } = {}): Promise<void> {
    await this.#channel.stop()
    if (drainMs > 0) await this.#http.idle(AbortSignal.timeout(drainMs))
    this.#closing.abort(closedByThisEnd())
    for (const { frames } of this.#unclaimed.splice(0)) frames.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Connections as they come. Ends with `close()`; throws when the hybrid connection is gone. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void, undefined> {
    for (;;) {
      const next = this.#unclaimed.shift()
      if (next) yield next.connection
      else if (this.state.phase === 'stopped') {
        if (this.state.error) throw this.state.error
        return
      } else {
        await new Promise<void>((resolve) => this.#wakers.add(resolve))
      }
    }
  }

  async #open(token: string, signal: AbortSignal) {
    const { scheme, host, entityPath: path, userAgent } = this.endpoint
    const { frames } = await this.#dialer.dial(listenAddress({ scheme, host, path, id: this.id }), {
      headers: [
        ['ServiceBusAuthorization', token],
        ['Relay-User-Agent', userAgent],
      ],
      signal,
      timeoutMs: this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    })
    return controlLink(frames)
  }

  #stateChanged(state: ControlState): void {
    switch (state.phase) {
      case 'connecting':
        this.emit('connecting', state)
        return
      case 'online':
        this.emit('online')
        return
      case 'offline':
        this.emit('offline', state)
        return
      case 'stopped':
        if (state.error) this.#closing.abort(state.error)
        this.emit('stopped', state.error)
        this.#wake()
    }
  }

  #received(message: ServiceMessage, body: Buffer | undefined): void {
    switch (message.kind) {
      case 'accept':
        void this.#meeting.meet(message)
        return
      case 'request':
        this.#http.serve(message, body)
        return
      case 'requestAddress':
        void this.#http.serveByAddress(message.address)
        return
      case 'unknown':
    }
  }

  #met({ frames, protocol }: Dialled, offer: ConnectionOffer): void {
    const { id, url, headers, remoteEndpoint } = offer
    const connection = this.#wrap(frames, { id, url, headers, remoteEndpoint, protocol }, offer)
    if (this.emit('connection', connection)) return
    this.#unclaimed.push({ connection, frames })
    this.#wake()
  }

  /** The address is the credential; no token goes there (relay-protocol 2.4). */
  #dialRendezvous(
    address: string,
    options: Pick<DialOptions, 'protocols' | 'signal' | 'reusesReads'>,
  ) {
    const timeoutMs = this.#options.acceptTimeoutMs ?? ACCEPT_TIMEOUT_MS
    const headers = [['Relay-User-Agent', this.endpoint.userAgent]] as const
    return this.#dialer.dial(address, { headers, timeoutMs, ...options })
  }

  #wake(): void {
    for (const wake of this.#wakers) wake()
    this.#wakers.clear()
  }
}

/** Source: relay-protocol 5.11. */
const answerNotImplemented: RequestListener = (request, response) => {
  response.writeHead(501, 'The listener has no request handler.').end()
  request.resume()
}

function closedByThisEnd(): RelayClientError {
  return new RelayClientError('RELAY_CLIENT_CLOSED', 'The listener was closed.')
}
