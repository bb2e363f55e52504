/**
 * Every fault a peer may see. `status` is the HTTP status of the refusal, `text` the reason before the
 * tracking suffix. Source: relay-protocol 2.8, 3.2, 4.3, 4.6, 8.1 and the defaults of section 11.
 */
const RELAY_FAULTS = {
  RELAY_TARGET_INVALID: { status: 400, text: 'BadRequest: The request address is malformed.' },
  RELAY_ACTION_UNSUPPORTED: { status: 400, text: 'Unsupported action.' },
  RELAY_HANDSHAKE_INVALID: {
    status: 400,
    text: 'BadRequest: The WebSocket handshake is malformed.',
  },
  RELAY_STATUS_CODE_INVALID: {
    status: 400,
    text: 'sb-hc-statusCode must be an integer between 100 and 999.',
  },
  RELAY_TOKEN_MISSING: { status: 401, text: 'MissingToken: Relay security token is required.' },
  RELAY_TOKEN_MALFORMED: { status: 401, text: 'MalformedToken: The token is malformed.' },
  RELAY_TOKEN_INVALID: {
    status: 401,
    text: 'InvalidSignature: The token has an invalid signature.',
  },
  RELAY_TOKEN_EXPIRED: { status: 401, text: 'ExpiredToken: The token is expired.' },
  RELAY_TOKEN_AUDIENCE: {
    status: 401,
    text: 'InvalidAudience: The authorization header contains a token with a wrong audience.',
  },
  RELAY_IP_BLOCKED: {
    status: 401,
    text: 'Generic: Ip has been prevented to connect to the endpoint. For more information see https://learn.microsoft.com/azure/azure-relay/ip-firewall-virtual-networks.',
  },
  RELAY_CLAIM_MISSING: { status: 401, text: 'Authorization failed for specified action.' },
  RELAY_RENDEZVOUS_UNKNOWN: {
    status: 403,
    text: 'Unknown Connection ID. Is the listener accepting the connection too late?',
  },
  RELAY_LISTENER_QUOTA: {
    status: 403,
    text: 'QuotaExceeded: MaximumListenersPerEndpoint was reached for the endpoint.',
  },
  RELAY_CONNECTION_QUOTA: {
    status: 403,
    text: 'QuotaExceeded: The maximum number of concurrent connections of the namespace was reached.',
  },
  RELAY_NAMESPACE_UNKNOWN: { status: 404, text: 'Endpoint does not exist.' },
  RELAY_ENTITY_UNKNOWN: { status: 404, text: 'Endpoint does not exist.' },
  RELAY_NO_LISTENERS: { status: 404, text: 'There are no listeners connected for the endpoint.' },
  RELAY_LISTENERS_FILTERED: {
    status: 404,
    text: 'None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria.',
  },
  RELAY_ACCEPT_TIMEOUT: {
    status: 404,
    text: 'None of the connected listeners accepted the connection within the allowed timeout.',
  },
  RELAY_REQUEST_QUOTA: {
    status: 429,
    text: 'QuotaExceeded: The maximum number of concurrent connections of the namespace was reached.',
  },
  RELAY_REQUEST_BODY_TIMEOUT: {
    status: 408,
    text: 'RequestTimeout: The request body did not come in the required time.',
  },
  RELAY_RESPONSE_TIMEOUT: {
    status: 504,
    text: 'The request was routed to the listener but the listener did not respond in the required time.',
  },
  RELAY_REQUEST_REJECTED: {
    status: 500,
    text: 'InternalServerError: The listener rejected the request at its rendezvous.',
  },
  RELAY_TRANSFER_CODING_UNKNOWN: {
    status: 501,
    text: 'NotImplemented: The request body has a transfer coding other than chunked.',
  },
  RELAY_LISTENER_FAILED: {
    status: 500,
    text: 'InternalServerError: The listener broke off before it had answered.',
  },
  RELAY_HEADERS_TOO_LARGE: {
    status: 431,
    text: 'RequestHeaderFieldsTooLarge: The headers do not fit into one control message of 65536 bytes.',
  },
  RELAY_MESSAGE_INVALID: { status: 400, text: 'BadRequest: The control message is malformed.' },
  RELAY_STOPPING: { status: 503, text: 'ServerBusy: The relay is stopping.' },
} as const

export type RelayErrorCode = keyof typeof RELAY_FAULTS

/** A fault that a peer may see. `code` is stable API, `status` the HTTP status of the answer, `message` the reason. */
export class RelayError extends Error {
  override readonly name = 'RelayError'
  readonly code: RelayErrorCode
  readonly status: number
  /** `message` replaces the table's text where the fault must name something. */
  constructor(code: RelayErrorCode, message?: string, options?: ErrorOptions) {
    super(message ?? RELAY_FAULTS[code].text, options)
    this.code = code
    this.status = RELAY_FAULTS[code].status
  }
}

/** The code word that a reason begins with, e.g. `InvalidSignature`; '' when it has none (relay-protocol 2.8). */
export function codeWord(message: string): string {
  return /^([A-Z][A-Za-z]+): /.exec(message)?.[1] ?? ''
}

/** `error.code` in the JSON body of a refusal with this status (relay-protocol 5.10). */
export function httpErrorCode(status: number): string {
  return HTTP_ERROR_CODES.get(status) ?? (status < 500 ? 'BadRequest' : 'InternalServerError')
}

const HTTP_ERROR_CODES: ReadonlyMap<number, string> = new Map([
  [401, 'TokenMissingOrInvalid'],
  [403, 'Forbidden'],
  [404, 'EndpointNotFound'],
  [429, 'QuotaExceeded'],
  [431, 'RequestHeaderFieldsTooLarge'],
  [501, 'NotImplemented'],
  [503, 'ServerBusy'],
  [504, 'GatewayTimeout'],
])
