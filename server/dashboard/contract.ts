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

export type OverviewRow = {
  version: string
  /** Another one after each start of the emulator. */
  epoch: string
  startedAt: string
  /** Failing: a finding of severity error is open. Working: a tunnel is open, or one was opened in the last 60 s. */
  state: 'failing' | 'working' | 'idle'
  listeners: number
  /** Distinct sender labels with an open tunnel. */
  senders: number
  open: number
  profile: string
  seed: number
  loose: boolean
  /** Group of gateways whose names listeners get; null when they dial the namespace's own name. */
  gatewayStamp?: string | null
  /** Number of the last event, from which a follower starts. */
  lastEvent: number
  urls: { relay: string; plain: string | null; admin: string }
}

export type NamespaceRow = {
  name: string
  location: string
  /** The further names it answers to. */
  hosts: string[]
  origin: 'file' | 'runtime'
  hybridConnections: number
  listeners: number
  open: number
  createdAt: string
  updatedAt: string
}

/** One finding of the linter over `userMetadata`; `at` is a character position. */
export type LintFinding = {
  code: string
  level: 'error' | 'warning'
  at: number | null
  message: string
  fix: string | null
}

export type HybridConnectionRow = {
  name: string
  namespace: string
  requiresClientAuthorization: boolean
  /** Byte for byte as stored; null when it was never set. */
  userMetadata: string | null
  endpoint: { host: string; port: number } | null
  lint: LintFinding[]
  status: 'Connected' | 'Not connected'
  listenerCount: number
  open: number
  origin: 'file' | 'runtime'
  createdAt: string
  updatedAt: string
}

/** A plan of App Service, and how much of its allowance is used. */
export type PlanRow = {
  plan: string
  group: string
  sku: string
  tier: string
  location: string
  os: 'linux' | 'windows' | 'windowsContainer'
  apps: string[]
  used: number
  /** 0: hybrid connections are not available. */
  limit: number
  limitPer: 'plan' | 'app'
  /** Distinct ones, each with the apps and slots that use it. */
  hybridConnections: { namespace: string; name: string; apps: string[] }[]
}

/** An app or, with `slot`, one of its slots. */
export type AppRow = {
  app: string
  slot: string | null
  group: string
  plan: string
  sku: string
  location: string
  os: 'linux' | 'windows' | 'windowsContainer'
  hybridConnections: AppConnectionRow[]
  used: number
  limit: number
  limitPer: 'plan' | 'app'
  /** Open tunnels of its hybrid connections whose sender has the app's name. */
  open: number
}

/** A hybrid connection as an app has it; `key` tells which key of its rule the app holds, never the key. */
export type AppConnectionRow = {
  namespace: string
  name: string
  host: string
  port: number
  keyName: string
  key: 'primary' | 'secondary' | 'missing' | 'stale'
  status: 'Connected' | 'Not connected'
}

/** Listeners as Azure bills them: control channels per hybrid connection. `bytes` are of payload, both ways. */
export type UsageReport = {
  since: string
  listeners: number
  items: UsageRow[]
}
export type UsageRow = {
  namespace: string
  hybridConnection: string
  now: number
  peak: number
  listenerHours: number
  bytes: number
}

/** Something that is wrong; `hop` says between whom. */
export type FindingRow = {
  id: string
  rule: string
  severity: 'error' | 'warning'
  hop: string
  namespace: string
  hybridConnection: string
  why: string
  next: string[]
  since: string
  /** Ids of connections and listeners, or numbers of events, that show it. */
  evidence: string[]
}

/** A shared access policy, without its keys. */
export type RuleRow = {
  name: string
  rights: ('Listen' | 'Send' | 'Manage')[]
  /** Control channels whose token this rule signed. */
  liveListeners: number
}

/**
 * Keys of a policy, only ever the answer to a POST. The strings lead to this emulator; `gateway` has the primary
 * one in every spelling: Azure's name, this machine's, and one for each configured name of the namespace.
 */
export type RuleKeys = {
  keyName: string
  primaryKey: string
  secondaryKey: string
  primaryConnectionString: string
  secondaryConnectionString: string
  gateway: { azure: string; local: string; configured: string[] }
}

/** Would the token be taken for this action here; `code` is the word of the refusal, null when it would. */
export type TokenVerdict = {
  action: 'listen' | 'send'
  hybridConnection: string
  ok: boolean
  code: string | null
}

/** A token explained, without its signature. Members that its kind does not have are null. */
export type TokenInspection = {
  kind: 'sas' | 'jwt' | 'unknown'
  audience: string | null
  rule: string | null
  expiresAt: string | null
  verdicts: TokenVerdict[]
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
