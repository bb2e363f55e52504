/** Rows of the emulator's API and live feed (dashboard 4). Types only. Times are ISO 8601 UTC; `Ms` members count from the row's start. */

export type ListenerRow = {
  id: string
  label: string
  trackingId: string
  namespace: string
  hybridConnection: string
  remote: string
  userAgent: string | null
  /** Name of the rule (or principal) whose token opened or last renewed the channel. */
  rule: string
  since: string
  tokenExpiresAt: string
  lastPongAt: string | null
  pingMs: number | null
  offered: number
  accepted: number
  /** Sum of 1/k over the picks it was eligible for, k being the number of eligible listeners. */
  expected: number
  ended: { at: string; by: 'listener' | 'relay'; code: number | null; reason: string } | null
}

export type ConnectionPhase =
  | 'connecting'
  | 'acceptSent'
  | 'accepted'
  | 'open'
  | 'closing'
  | 'closed'
  | 'refused'
  | 'rejected'
  | 'timedOut'
  | 'abandoned'

export type ConnectionRow = {
  id: string
  namespace: string
  hybridConnection: string
  phase: ConnectionPhase
  trackingId: string
  sender: { label: string; remote: string; rule: string | null }
  listener: { id: string; label: string } | null
  startedAt: string
  acceptSentMs: number | null
  acceptedMs: number | null
  openMs: number | null
  closingMs: number | null
  endedMs: number | null
  bytesToListener: number
  bytesToSender: number
  rateToListener: number
  rateToSender: number
  closedBy: 'sender' | 'listener' | 'relay' | null
  means: 'close' | 'fin' | 'reset' | null
  code: number | null
  reason: string | null
  capture: 'off' | 'headers' | 'full'
}

/** How a listener's control channel is dropped: Close 1001, Close 1011, or its TCP connection cut. */
export type DropMeans = '1001' | '1011' | 'cut'

/** What the dashboard asks of the running relay; the relay knows nothing of the dashboard. */
export interface LiveSource {
  /** Live ones first, then those that ended in the last 10 minutes. */
  listeners(): readonly ListenerRow[]
  /** Live ones first, newest first, then the last 1,000 ended. */
  connections(): readonly ConnectionRow[]
  /** False when no live one has this id. */
  dropListener(id: string, means: DropMeans): boolean
  /** Close 1011 on both sides. False when no live one has this id. */
  closeConnection(id: string): boolean
  /** Payload bytes relayed since start, per hybrid connection (`namespace/name`), open connections included. */
  bytesTransferred(): ReadonlyMap<string, number>
}
