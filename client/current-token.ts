import { type Clock, systemClock } from './clock.ts'
import {
  type RelayToken,
  type TokenProvider,
  renewalDelayMs,
  repeatDelayMs,
  tokenFrom,
} from './token-provider.ts'

/** How long after a renewal failed it is tried again, ms. */
const RETRY_MS = 5_000

/** A token that is always at hand: it renews itself before it ends, without keeping the process alive. */
export class CurrentToken {
  readonly #provider: TokenProvider
  readonly #audience: string
  readonly #clock: Clock
  readonly #stop = new AbortController()
  #token: RelayToken
  #cancel: () => void = () => {}

  private constructor(provider: TokenProvider, audience: string, clock: Clock, first: RelayToken) {
    this.#provider = provider
    this.#audience = audience
    this.#clock = clock
    this.#token = first
    this.#arm(renewalDelayMs(first.expiresAtMs, clock.now()))
  }

  /** Rejects with RELAY_TOKEN_UNAVAILABLE or the signal's reason. */
  static async open(
    provider: TokenProvider,
    audience: string,
    signal: AbortSignal,
    clock: Clock = systemClock(),
  ): Promise<CurrentToken> {
    const first = await tokenFrom(provider, audience, signal)
    return new CurrentToken(provider, audience, clock, first)
  }

  /** The token to send now. */
  get text(): string {
    return this.#token.token
  }

  /** Renews no more. */
  stop(): void {
    this.#stop.abort()
    this.#cancel()
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => {
      tokenFrom(this.#provider, this.#audience, this.#stop.signal).then(
        (next) => {
          const { expiresAtMs } = this.#token
          if (next.expiresAtMs <= expiresAtMs) {
            return this.#arm(repeatDelayMs(expiresAtMs, this.#clock.now()))
          }
          this.#token = next
          this.#arm(renewalDelayMs(next.expiresAtMs, this.#clock.now()))
        },
        () => {
          // The relay refuses the old token when it has ended, and says so to the request.
          if (!this.#stop.signal.aborted) this.#arm(RETRY_MS)
        },
      )
    })
  }
}
