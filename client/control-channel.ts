import {
  type ServiceMessage,
  decodeServiceMessage,
  encodeRenewToken,
} from '../protocol/control-message.ts'
import { RelayError } from '../protocol/errors.ts'
import { retryDelayMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { ControlLink } from './control-link.ts'
import { type ControlEvent, type ControlState, FIRST_STATE, advance } from './control-state.ts'
import { RelayClientError, lostError } from './errors.ts'
import { type RelayToken, renewalDelayMs, repeatDelayMs } from './token-provider.ts'

export type ControlChannelDeps = {
  readonly clock: Clock
  /** A ping is sent after so much silence, ms; half of it is the time to answer. 0 for none. */
  readonly pingIntervalMs: number
  /** Asks the token provider. */
  readonly token: (signal: AbortSignal) => Promise<RelayToken>
  /** Opens a connection. Rejects with a RelayClientError or the signal's reason. */
  readonly open: (token: string, signal: AbortSignal) => Promise<ControlLink>
  readonly on: ControlChannelEvents
}

export type ControlChannelEvents = {
  state(state: ControlState): void
  /** A command, and the body that it announced. */
  message(message: ServiceMessage, body: Buffer | undefined): void
  renewed(expiresAtMs: number): void
  /** Something failed that leaves the channel as it is. */
  fault(error: RelayClientError): void
}

/** How long the relay may take to answer this end's Close, ms. */
const CLOSE_TIMEOUT_MS = 5_000
/** Longest wait before a renewal that failed is tried again: the tail of the reconnect delays. */
const FIRST_RENEWAL_RETRY = 1

/** A listener's control channel: connects, renews its token, notices silence, connects again. */
export class ControlChannel {
  readonly #deps: ControlChannelDeps
  readonly #stop = new AbortController()
  #state: ControlState = FIRST_STATE
  #link: ControlLink | undefined
  /** A command whose body is the next message. */
  #announced: ServiceMessage | undefined
  #cancelRenewal: () => void = () => {}
  #cancelPing: () => void = () => {}
  /** When something last came, Unix time, ms. */
  #heardAtMs = 0
  #cancelRetry: () => void = () => {}
  #whenEnded: Promise<void> = Promise.resolve()

  constructor(deps: ControlChannelDeps) {
    this.#deps = deps
  }

  get state(): ControlState {
    return this.#state
  }

  /** Begins to connect. */
  start(): void {
    if (this.#stop.signal.aborted) return
    this.#deps.on.state(this.#state)
    void this.#connect()
  }

  /** Writes a command with its body. False when there is no connection that could carry it. */
  send(text: string, body?: Uint8Array): boolean {
    return this.#link?.send(text, body) ?? false
  }

  /** Closes with 1000 and resolves when the connection is gone. */
  async stop(): Promise<void> {
    const link = this.#link
    this.#stop.abort(new RelayClientError('RELAY_CLIENT_CLOSED', 'The listener was closed.'))
    this.#advance({ type: 'stop' })
    this.#link = undefined
    link?.close(1000, '')
    const cancel = this.#deps.clock.after(CLOSE_TIMEOUT_MS, () => link?.destroy())
    await this.#whenEnded
    cancel()
  }

  #advance(event: ControlEvent): void {
    const next = advance(this.#state, event)
    if (next === this.#state) return
    this.#state = next
    if (next.phase !== 'online') this.#disarm()
    if (next.phase === 'offline') {
      this.#cancelRetry = this.#deps.clock.after(next.retryInMs, () => {
        this.#advance({ type: 'retry' })
        void this.#connect()
      })
    }
    this.#deps.on.state(next)
  }

  #disarm(): void {
    this.#cancelRenewal()
    this.#cancelPing()
    this.#cancelRetry()
    this.#announced = undefined
  }

  async #connect(): Promise<void> {
    const { signal } = this.#stop
    try {
      const token = await this.#deps.token(signal)
      const link = await this.#deps.open(token.token, signal)
      // Stopped between the 101 and here: nobody would close this connection.
      if (signal.aborted) return link.destroy()
      this.#begin(link, token)
    } catch (error) {
      if (signal.aborted) return
      this.#advance({ type: 'failed', error: asClientError(error) })
    }
  }

  #begin(link: ControlLink, token: RelayToken): void {
    this.#link = link
    this.#advance({ type: 'opened' })
    this.#whenEnded = new Promise((resolve) => {
      link.start({
        message: (data, isText) => this.#receive(data, isText),
        alive: () => {
          this.#heardAtMs = this.#deps.clock.now()
        },
        ended: (error) => {
          resolve()
          if (this.#link !== link) return
          this.#link = undefined
          this.#advance({ type: 'failed', error })
        },
      })
    })
    if (this.#link !== link) return
    this.#heardAtMs = this.#deps.clock.now()
    this.#watch(this.#deps.pingIntervalMs)
    this.#armRenewal(token, renewalDelayMs(token.expiresAtMs, this.#deps.clock.now()), 0)
  }

  #receive(data: Buffer, isText: boolean): void {
    const announced = this.#announced
    if (announced) {
      // The next message is the body, whatever its type (relay-protocol 3.3).
      this.#announced = undefined
      return this.#deps.on.message(announced, data)
    }
    if (!isText) return
    let message
    try {
      message = decodeServiceMessage(data.toString('utf8'))
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      return this.#deps.on.fault(
        new RelayClientError('RELAY_PROTOCOL', 'The relay sent a command that cannot be read.', {
          cause: error,
        }),
      )
    }
    if (message.kind === 'request' && message.body) this.#announced = message
    else this.#deps.on.message(message, undefined)
  }

  /** Silence is met by a ping, and silence after it means that the connection is dead. What comes costs no timer. */
  #watch(delayMs: number): void {
    const { clock, pingIntervalMs } = this.#deps
    if (pingIntervalMs === 0) return
    this.#cancelPing = clock.after(delayMs, () => {
      const silentMs = clock.now() - this.#heardAtMs
      if (silentMs < pingIntervalMs) return this.#watch(pingIntervalMs - silentMs)
      const pingedAtMs = clock.now()
      this.#link?.ping()
      this.#cancelPing = clock.after(pingIntervalMs / 2, () => {
        if (this.#heardAtMs >= pingedAtMs)
          return this.#watch(this.#heardAtMs + pingIntervalMs - clock.now())
        const link = this.#link
        this.#link = undefined
        link?.destroy()
        this.#advance({ type: 'failed', error: lostError('The relay does not answer pings.') })
      })
    })
  }

  /** Renews in `delayMs`; a failed attempt is repeated, for the relay drops the channel when its token ends. */
  #armRenewal(current: RelayToken, delayMs: number, failures: number): void {
    const { clock, token, on } = this.#deps
    this.#cancelRenewal = clock.after(delayMs, () => {
      const link = this.#link
      token(this.#stop.signal).then(
        (next) => {
          if (this.#link !== link || this.#state.phase !== 'online') return
          if (next.expiresAtMs <= current.expiresAtMs) {
            return this.#armRenewal(current, repeatDelayMs(current.expiresAtMs, clock.now()), 0)
          }
          link?.send(encodeRenewToken(next.token))
          on.renewed(next.expiresAtMs)
          this.#armRenewal(next, renewalDelayMs(next.expiresAtMs, clock.now()), 0)
        },
        (error: unknown) => {
          if (this.#link !== link || this.#state.phase !== 'online') return
          on.fault(asClientError(error))
          this.#armRenewal(current, retryDelayMs(failures + FIRST_RENEWAL_RETRY), failures + 1)
        },
      )
    })
  }
}

function asClientError(error: unknown): RelayClientError {
  if (error instanceof RelayClientError) return error
  return new RelayClientError('RELAY_UNREACHABLE', 'The relay cannot be reached.', { cause: error })
}
