import { createHash } from 'node:crypto'

/** A browser's bearer token and Unix time in ms of its end. */
export type Session = { readonly token: string; readonly expiresAtMs: number }

/** How giving a code in ended: `wrong` for one that is unknown, used or too old, `closed` while none is taken. */
export type Exchange =
  | ({ readonly kind: 'granted' } & Session)
  | { readonly kind: 'wrong' }
  | { readonly kind: 'closed'; readonly retryInMs: number }

export type SessionsDeps = {
  /** Unix time in ms. */
  readonly now: () => number
  /** So many random bytes. */
  readonly random: (bytes: number) => Buffer
}

/** Source: dashboard 5, Authentication. */
const CODE_BYTES = 16
const TOKEN_BYTES = 32
export const CODE_LIFE_MS = 60_000
export const SESSION_LIFE_MS = 12 * 3_600_000
/** Wrong codes in a row, and how long no code is taken then, ms. */
const MAX_WRONG = 5
const CLOSED_MS = 60_000
/** What is kept at most of each; the oldest goes first. */
const MAX_KEPT = 100

/**
 * Who may use a console from a browser: a code that is good once leads to a bearer token. Of both nothing but hashes is
 * kept, and that in memory only. Source: dashboard 5, Authentication.
 */
export class Sessions {
  readonly #deps: SessionsDeps
  /** By hash, with Unix time in ms of the end; in the order of their making. */
  readonly #codes = new Map<string, number>()
  readonly #tokens = new Map<string, number>()
  #wrong = 0
  #closedUntilMs = Number.NEGATIVE_INFINITY

  constructor(deps: SessionsDeps) {
    this.#deps = deps
  }

  /** A code for one browser, good once and for 60 s. */
  issueCode(): { readonly code: string; readonly expiresAtMs: number } {
    const code = this.#deps.random(CODE_BYTES).toString('base64url')
    return { code, expiresAtMs: this.#keep(this.#codes, code, CODE_LIFE_MS) }
  }

  /** Gives a code in for a token that is good for 12 h. After five wrong ones none is taken for 60 s. */
  exchange(code: string): Exchange {
    const nowMs = this.#deps.now()
    if (nowMs < this.#closedUntilMs) {
      return { kind: 'closed', retryInMs: this.#closedUntilMs - nowMs }
    }
    const hash = hashOf(code)
    const isGood = isAhead(this.#codes.get(hash), nowMs)
    this.#codes.delete(hash)
    if (!isGood) {
      this.#wrong += 1
      if (this.#wrong < MAX_WRONG) return { kind: 'wrong' }
      this.#wrong = 0
      this.#closedUntilMs = nowMs + CLOSED_MS
      return { kind: 'closed', retryInMs: CLOSED_MS }
    }
    this.#wrong = 0
    const token = this.#deps.random(TOKEN_BYTES).toString('base64url')
    return { kind: 'granted', token, expiresAtMs: this.#keep(this.#tokens, token, SESSION_LIFE_MS) }
  }

  /** True for a token that was given and has not ended. */
  holds(token: string): boolean {
    return isAhead(this.#tokens.get(hashOf(token)), this.#deps.now())
  }

  /** Ends a session; one that is not there is ended already. */
  end(token: string): void {
    this.#tokens.delete(hashOf(token))
  }

  /** Ends every session, and no code that was given out is good any more. */
  endAll(): void {
    this.#tokens.clear()
    this.#codes.clear()
  }

  #keep(kept: Map<string, number>, secret: string, lifeMs: number): number {
    const nowMs = this.#deps.now()
    for (const [hash, expiresAtMs] of kept) {
      if (!isAhead(expiresAtMs, nowMs) || kept.size >= MAX_KEPT) kept.delete(hash)
    }
    const expiresAtMs = nowMs + lifeMs
    kept.set(hashOf(secret), expiresAtMs)
    return expiresAtMs
  }
}

function isAhead(timeMs: number | undefined, nowMs: number): boolean {
  return timeMs !== undefined && nowMs < timeMs
}

/** Looking a hash up tells by its time nothing of what was hashed. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
