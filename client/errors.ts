import { codeWord } from '../protocol/errors.ts'

/**
 * What went wrong, for programs. Codes that the relay's own refusals have carry the names of
 * `relay-emulator/protocol`; the others are the library's.
 */
export type RelayClientErrorCode =
  | (typeof REFUSALS)[number]['code']
  /** The listener itself refused; `status` and `reason` are its own. */
  | 'RELAY_REJECTED'
  /** The relay refused with a status and text that this table does not know. */
  | 'RELAY_REFUSED'
  /** The name does not resolve, or nothing answers there. */
  | 'RELAY_UNREACHABLE'
  /** The certificate is not trusted, or names another host. */
  | 'RELAY_TLS_UNTRUSTED'
  /** Nothing came in time. */
  | 'RELAY_TIMEOUT'
  /** What answered is no relay, or broke RFC 6455. */
  | 'RELAY_PROTOCOL'
  /** The connection ended without a Close frame, or no longer answers pings. */
  | 'RELAY_CONNECTION_LOST'
  /** The other side closed with a code that is no orderly end; see `closeCode`. */
  | 'RELAY_CLOSED'
  /** This end closed it. */
  | 'RELAY_CLIENT_CLOSED'
  /** The token provider failed; see `cause`. */
  | 'RELAY_TOKEN_UNAVAILABLE'
  /** The options do not fit together. */
  | 'RELAY_OPTIONS_INVALID'

/**
 * Refusals of the relay by status, code word or text, most telling first. Texts are matched here and nowhere else.
 * Source: relay-protocol 2.8, 3.2, 4.3, 4.6, 5.10.
 */
const REFUSALS = [
  { status: 401, text: /^MissingToken:|security token is required/i, code: 'RELAY_TOKEN_MISSING' },
  { status: 401, text: /^MalformedToken:|malformed token/i, code: 'RELAY_TOKEN_MALFORMED' },
  { status: 401, text: /^InvalidSignature:|invalid signature/i, code: 'RELAY_TOKEN_INVALID' },
  { status: 401, text: /^ExpiredToken:|token is expired/i, code: 'RELAY_TOKEN_EXPIRED' },
  { status: 401, text: /^InvalidAudience:|wrong audience/i, code: 'RELAY_TOKEN_AUDIENCE' },
  { status: 401, text: /^Authorization failed for specified/i, code: 'RELAY_CLAIM_MISSING' },
  { status: 401, text: /Ip has been prevented/i, code: 'RELAY_IP_REFUSED' },
  { status: 403, text: /Unknown Connection ID/i, code: 'RELAY_RENDEZVOUS_UNKNOWN' },
  { status: 400, text: /Unknown Connection ID/i, code: 'RELAY_RENDEZVOUS_UNKNOWN' },
  { status: 403, text: /MaximumListenersPerEndpoint/, code: 'RELAY_LISTENER_QUOTA' },
  { status: 403, text: /^QuotaExceeded|quota/i, code: 'RELAY_CONNECTION_QUOTA' },
  { status: 429, text: /(?:)/, code: 'RELAY_CONNECTION_QUOTA' },
  { status: 404, text: /^Endpoint does not exist/i, code: 'RELAY_ENTITY_UNKNOWN' },
  { status: 404, text: /no listeners connected/i, code: 'RELAY_NO_LISTENERS' },
  { status: 404, text: /AllowedListeners/, code: 'RELAY_LISTENERS_FILTERED' },
  { status: 404, text: /accepted the connection within/i, code: 'RELAY_ACCEPT_TIMEOUT' },
  { status: 408, text: /accepted the connection within/i, code: 'RELAY_ACCEPT_TIMEOUT' },
  { status: 504, text: /accepted the connection within/i, code: 'RELAY_ACCEPT_TIMEOUT' },
  { status: 504, text: /listener did not respond|rendezvous/i, code: 'RELAY_RESPONSE_TIMEOUT' },
  { status: 431, text: /(?:)/, code: 'RELAY_HEADERS_TOO_LARGE' },
  { status: 503, text: /(?:)/, code: 'RELAY_STOPPING' },
] as const

/** Refusals of a token or right whose text the table does not know. */
const UNTOLD: ReadonlyMap<number, RelayClientErrorCode> = new Map([
  [401, 'RELAY_TOKEN_INVALID'],
  [403, 'RELAY_CLAIM_MISSING'],
])

export type RelayClientErrorDetails = {
  /** HTTP status of the refusal. */
  readonly status?: number | undefined
  /** Reason phrase of the refusal, or reason of the Close frame, as it came. */
  readonly reason?: string | undefined
  /** Code of the Close frame. */
  readonly closeCode?: number | undefined
  readonly cause?: unknown
}

/** A fault of the relay, of the way to it, or of the other side. `code` is stable API; the message never holds a secret. */
export class RelayClientError extends Error {
  override readonly name = 'RelayClientError'
  readonly code: RelayClientErrorCode
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly closeCode: number | undefined
  constructor(
    code: RelayClientErrorCode,
    message: string,
    { status, reason, closeCode, cause }: RelayClientErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.reason = reason
    this.closeCode = closeCode
  }

  /** Id to search the relay's logs for, when the reason holds one. */
  get trackingId(): string | undefined {
    return /TrackingId:([\w-]+)/.exec(this.reason ?? '')?.[1]
  }
}

/**
 * The error of a request that was answered with `status`. The relay signs its own refusals with a tracking suffix
 * that names the system; a text without it is the listener's, where one was asked (relay-protocol 4.5, 9.3).
 */
export function refusalError(
  status: number,
  reason: string,
  asked: 'relay' | 'listener',
): RelayClientError {
  const message = `The relay answered ${status} ${reason}`.trimEnd()
  const details = { status, reason }
  const known = REFUSALS.find((row) => row.status === status && row.text.test(reason))
  const isSigned = asked === 'relay' || /SystemTracker:/.test(reason) || codeWord(reason) !== ''
  if (known && (isSigned || known.status === 404)) {
    return new RelayClientError(known.code, message, details)
  }
  if (isSigned) return new RelayClientError(UNTOLD.get(status) ?? 'RELAY_REFUSED', message, details)
  return new RelayClientError(
    'RELAY_REJECTED',
    `The listener rejected the connection: ${status} ${reason}`.trimEnd(),
    details,
  )
}

/** The error of a socket that failed before the relay had answered. */
export function unreachableError(host: string, cause: unknown): RelayClientError {
  const code = codeOf(cause)
  if (/CERT|ALTNAME|SIGNATURE|ERR_TLS/.test(code)) {
    const message = `The certificate of ${host} is not trusted (${code}).`
    return new RelayClientError('RELAY_TLS_UNTRUSTED', message, { cause })
  }
  if (/ERR_SSL|EPROTO/.test(code)) {
    const message = `${host} does not speak TLS as a relay does (${code}): check the port.`
    return new RelayClientError('RELAY_PROTOCOL', message, { cause })
  }
  return new RelayClientError('RELAY_UNREACHABLE', `${host} cannot be reached (${code}).`, {
    cause,
  })
}

/** The error of a Close frame that is no orderly end. */
export function closedError(closeCode: number | undefined, reason: string): RelayClientError {
  const shown = closeCode === undefined ? 'without a code' : `with ${closeCode}`
  return new RelayClientError(
    'RELAY_CLOSED',
    `The connection was closed ${shown}${reason === '' ? '' : `: ${reason}`}`,
    { closeCode, reason },
  )
}

/** The error of a connection that ended without a Close frame. */
export function lostError(what: string, cause?: unknown): RelayClientError {
  return new RelayClientError('RELAY_CONNECTION_LOST', what, { cause })
}

function codeOf(cause: unknown): string {
  // A dial of several addresses fails with all their errors at once.
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause
  const { code, message } = (first ?? {}) as { code?: string; message?: string }
  return code ?? message ?? 'unknown'
}
