import { RelayError } from '../protocol/errors.ts'
import { TOKEN_LIFETIME_SECONDS } from '../protocol/limits.ts'
import { bareToken, mintSasToken, parseSasToken, tokenKind } from '../protocol/sas.ts'
import { RelayClientError } from './errors.ts'

/** A token as the relay gets it, and its end (Unix time, ms; Infinity when unknown). */
export type RelayToken = { readonly token: string; readonly expiresAtMs: number }

/** Who signs. `audience` is the hybrid connection as `http://HOST/PATH/`. May be asked often; errors are retried. */
export interface TokenProvider {
  getToken(audience: string, signal: AbortSignal): RelayToken | Promise<RelayToken>
}

/** What the credentials of `@azure/identity` look like. */
export interface EntraCredential {
  getToken(
    scope: string,
    options: { abortSignal: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>
}

export type SasOptions = {
  readonly keyName: string
  readonly key: string
  /** Life of each token, seconds. Default 3,600. */
  readonly lifetimeSeconds?: number
  /** Unix time, ms. */
  readonly now?: () => number
}

/** Signs tokens with the key of an authorization rule. */
export function sasTokenProvider(options: SasOptions): TokenProvider {
  const { keyName, key, lifetimeSeconds = TOKEN_LIFETIME_SECONDS, now = Date.now } = options
  return {
    getToken(resource) {
      const expirySeconds = Math.floor(now() / 1000) + lifetimeSeconds
      return {
        token: mintSasToken({ resource, keyName, key, expirySeconds }),
        expiresAtMs: expirySeconds * 1000,
      }
    },
  }
}

/** Gives one token that was made elsewhere, SAS or JWT; it is never renewed. */
export function fixedTokenProvider(token: string): TokenProvider {
  const given = { token, expiresAtMs: expiryOf(token) }
  return { getToken: () => given }
}

/** Asks a function for each token, e.g. one that calls a token service. */
export function callbackTokenProvider(
  getToken: (audience: string, signal: AbortSignal) => Promise<RelayToken>,
): TokenProvider {
  return { getToken }
}

/** Takes tokens from Entra ID by a credential of `@azure/identity`. Source: relay-protocol 2.6. */
export function entraTokenProvider(
  credential: EntraCredential,
  scope = 'https://relay.azure.net/.default',
): TokenProvider {
  return {
    async getToken(_audience, signal) {
      const found = await credential.getToken(scope, { abortSignal: signal })
      if (!found) {
        throw new RelayClientError('RELAY_TOKEN_UNAVAILABLE', 'The credential gave no token.')
      }
      return { token: found.token, expiresAtMs: found.expiresOnTimestamp }
    },
  }
}

/** How long a provider may take, ms. */
const TOKEN_TIMEOUT_MS = 30_000

/**
 * Asks a provider, for at most 30 s, also when it heeds no signal. What it throws becomes RELAY_TOKEN_UNAVAILABLE, an
 * abort rejects with the signal's reason.
 */
export async function tokenFrom(
  provider: TokenProvider,
  audience: string,
  signal: AbortSignal,
): Promise<RelayToken> {
  signal.throwIfAborted()
  const limit = new AbortController()
  try {
    const given = provider.getToken(audience, limit.signal)
    // A key signs at once, and then there is nothing to wait for.
    return readToken(given instanceof Promise ? await within(given, limit, signal) : given)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof RelayClientError) throw error
    throw new RelayClientError('RELAY_TOKEN_UNAVAILABLE', 'The token provider failed.', {
      cause: error,
    })
  }
}

/** What a provider written without types may give. A token travels in a header, an end that is no number renews at once. */
function readToken(given: RelayToken): RelayToken {
  const { token, expiresAtMs } = (given ?? {}) as Partial<Record<keyof RelayToken, unknown>>
  if (typeof token !== 'string' || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token)) {
    throw new RelayClientError(
      'RELAY_TOKEN_UNAVAILABLE',
      'The token provider gave no token, or one with a line break or another character that no header holds.',
    )
  }
  if (typeof expiresAtMs !== 'number' || Number.isNaN(expiresAtMs)) {
    throw new RelayClientError(
      'RELAY_TOKEN_UNAVAILABLE',
      'The token provider gave no expiresAtMs: Unix time in ms, Infinity where the end is unknown.',
    )
  }
  return given
}

/** Waits for the token, but not beyond `signal` and the time for it, of which `limit` tells the provider. */
async function within(
  given: Promise<RelayToken>,
  limit: AbortController,
  signal: AbortSignal,
): Promise<RelayToken> {
  const timer = setTimeout(
    () => limit.abort(new DOMException('The token provider takes too long.', 'TimeoutError')),
    TOKEN_TIMEOUT_MS,
  )
  const onAbort = () => limit.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const aborted = new Promise<never>((_resolve, reject) =>
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error)),
  )
  try {
    return await Promise.race([given, aborted])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Share of a token's life after which it is renewed, and the longest time before its end, ms. */
const RENEWAL_SHARE = 0.8
const RENEWAL_MARGIN_MS = 300_000
/** Pause between tokens that have ended already when they come, by this machine's clock, ms. */
const ENDED_RENEWAL_MS = 1_000

/** When to ask for the next token: after four fifths of its life, at most five minutes before its end; ms from now. */
export function renewalDelayMs(expiresAtMs: number, nowMs: number): number {
  const leftMs = expiresAtMs - nowMs
  if (leftMs <= 0) return ENDED_RENEWAL_MS
  return Math.max(leftMs * RENEWAL_SHARE, leftMs - RENEWAL_MARGIN_MS)
}

/**
 * When to ask again after a provider gave a token that lives no longer, as one with a cache does: at half of what is
 * left; ms from now, Infinity in the last second.
 */
export function repeatDelayMs(expiresAtMs: number, nowMs: number): number {
  const leftMs = expiresAtMs - nowMs
  return leftMs > LAST_MS ? leftMs / 2 : Infinity
}

const LAST_MS = 1_000

function expiryOf(token: string): number {
  try {
    if (tokenKind(token) === 'sas') return parseSasToken(token).expirySeconds * 1000
    const payload = bareToken(token).split('.')[1] ?? ''
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      exp?: unknown
    }
    return typeof exp === 'number' ? exp * 1000 : Infinity
  } catch (error) {
    // Whether a token is good is for the relay to say.
    if (error instanceof RelayError || error instanceof SyntaxError) return Infinity
    throw error
  }
}
