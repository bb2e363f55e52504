/** Every number of the protocol, with unit and source (relay-protocol section given). */

/** Largest text command or body on a control channel, bytes (3.3, 5.4). */
export const MAX_CONTROL_MESSAGE_BYTES = 65_536
/**
 * Longest frame that Jetty takes, on which the Java client stands, bytes; longer messages reach it through Azure all
 * the same (java: T:SendReceiveTest).
 */
export const MAX_JETTY_FRAME_BYTES = 65_536
/** Names and values of headers that travel on a control channel, bytes (5.3). */
export const MAX_CONTROL_HEADER_BYTES = 32_768
/** How long a sender waits for a listener to accept, ms (4.1). */
export const ACCEPT_TIMEOUT_MS = 30_000
/** How long a listener may take to answer a request, ms (5.8). */
export const RESPONSE_TIMEOUT_MS = 60_000
/** Control channels per hybrid connection (8.1). */
export const LISTENERS_PER_HYBRID_CONNECTION = 25
/** Sockets of all kinds per namespace (8.1). */
export const CONNECTIONS_PER_NAMESPACE = 5_000
/** Entities per namespace (8.1). */
export const ENTITIES_PER_NAMESPACE = 10_000
/** Authorization rules per namespace and per entity (8.1). */
export const RULES_PER_ENTITY = 12
/** Largest `userMetadata`, characters (management-plane 4.0). */
export const MAX_USER_METADATA_CHARACTERS = 1_024
/** Interval of pings on a control channel, ms (3.4). */
export const PING_INTERVAL_MS = 210_000
/** Reason phrases are cut here, characters (8.1). */
export const MAX_REASON_CHARACTERS = 4_096
/** Largest reason text of a WebSocket Close frame, UTF-8 bytes (RFC 6455 5.5). */
export const MAX_CLOSE_REASON_BYTES = 123
/** Largest request head the server reads, bytes (5.3). */
export const MAX_HEADER_BYTES = 65_536
/** Rule name and key, characters (2.1). */
export const MAX_RULE_TEXT_CHARACTERS = 256
/** Default life of a token, seconds (2.3). */
export const TOKEN_LIFETIME_SECONDS = 3_600
/** Longest name of a hybrid connection, characters (management-plane 4.0). */
export const MAX_ENTITY_NAME_CHARACTERS = 260
/** Longest token that is looked at, characters. The protocol names no limit; a real one has some hundred. */
export const MAX_TOKEN_CHARACTERS = 8_192
