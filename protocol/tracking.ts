/** Number of the one gateway that this relay has. */
const GATEWAY = 'G0'

/** The id of a connection, or the id itself when it already carries the gateway, e.g. `{guid}_G0`. */
export function trackingId(id: string): string {
  return id.endsWith(`_${GATEWAY}`) ? id : `${id}_${GATEWAY}`
}

/**
 * What follows every message of the relay, with the blank that parts it from the message's full stop. `tracker` is
 * one of the two below; the time is UTC in whole seconds. Source: relay-protocol 9.3.
 */
export function trackingSuffix(options: { id: string; tracker: string; nowMs: number }): string {
  const timestamp = new Date(options.nowMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)
  return ` TrackingId:${trackingId(options.id)}, SystemTracker:${options.tracker}, Timestamp:${timestamp}`
}

/** SystemTracker of a WebSocket handshake; `path` as requested, without `$hc`. */
export function webSocketTracker(host: string, path: string): string {
  return `sb://${host}/${path}`
}

/** SystemTracker of an HTTP request; `path` as requested, with its suffix. */
export function httpTracker(host: string, path: string): string {
  return `${host}:${path}`
}

/** The GUID that `id` begins with. */
export function guidPrefix(id: string | undefined): string | undefined {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(id ?? '')?.[0]
}

/**
 * The id of a new connection: the sender's `sb-hc-id` when it begins with a GUID, else a new one, and the gateway. What
 * stands behind the GUID is dropped where an address could not carry it as it is: Java's listener would stumble over it.
 * Source: relay-protocol 4.2 and section 11, row 22.
 */
export function connectionId(senderId: string | undefined, newGuid: () => string): string {
  const guid = guidPrefix(senderId)
  if (guid === undefined || senderId === undefined) return trackingId(newGuid())
  return trackingId(/^[\w.-]{0,64}$/.test(senderId.slice(guid.length)) ? senderId : guid)
}
