import {
  ACCEPT_TIMEOUT_MS,
  CONNECTIONS_PER_NAMESPACE,
  LISTENERS_PER_HYBRID_CONNECTION,
  PING_INTERVAL_MS,
  RESPONSE_TIMEOUT_MS,
} from '../protocol/limits.ts'

/** Numbers of the protocol that `limits:` of the configuration may override. 0 means none where it says so. */
export const DEFAULT_LIMITS = {
  /** A sender's wait for a listener, ms. */
  acceptTimeoutMs: ACCEPT_TIMEOUT_MS,
  /** A request's wait for its response, ms. */
  responseTimeoutMs: RESPONSE_TIMEOUT_MS,
  listenersPerHybridConnection: LISTENERS_PER_HYBRID_CONNECTION,
  /** Life of a control channel after its token's end, seconds. Azure: about 300. */
  tokenGraceSeconds: 0,
  /** All sockets of a namespace; 0 for no limit. */
  connectionsPerNamespace: CONNECTIONS_PER_NAMESPACE,
  /** A relayed pair with one Close frame passed is cut after this, ms; 0 for never. */
  halfCloseTimeoutMs: 0,
  /** Interval of pings on control channels, ms; 0 for none. */
  pingIntervalMs: PING_INTERVAL_MS,
  /** A connection must send its whole request head within this, ms. */
  handshakeTimeoutMs: 10_000,
  /** Status of a sender that no listener accepted in time; 404 or 504 (relay-protocol 11, row 2). */
  acceptTimeoutStatus: 404,
  /** Status of a call whose token lacks the claim; 401 or 403 (row 5). */
  missingClaimStatus: 401,
  /** Whether reading runtime information asks for Manage (row 24). */
  runtimeInformationNeedsManage: false,
}

export type RelayLimits = typeof DEFAULT_LIMITS
