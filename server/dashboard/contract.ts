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
  /** Offers to all listeners of its hybrid connection while it was connected; `offered` of them is its share. */
  offers: number
  /** Offers that it turned away, and that it did not take in time. */
  rejected: number
  timedOut: number
  /** Tokens that followed the first. */
  renewals: number
  /** Pings without an answer since the last pong. */
  missedPongs: number
  ended: { at: string; by: 'listener' | 'relay'; code: number | null; reason: string } | null
}

/** One choice of a listener; `n` counts the choices since the start, so that seed and number tell the draw. */
export type PickRow = {
  n: number
  at: string
  candidates: { id: string; label: string }[]
  chosen: { id: string; label: string }
  /** What the sender's selection headers said; null without the header. */
  allowed: string[] | null
  disallowed: string[]
  /** Connection or exchange that it was for. */
  ref: string | null
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
  /** Where the listener dialled the rendezvous from. */
  listenerRemote: string | null
  /** Sub-protocol that the listener chose. Extensions are never agreed on: the relay speaks none. */
  subProtocol: string | null
  /** Data frames that passed. */
  framesToListener: number
  framesToSender: number
  /** The Close frames that both ends wrote. */
  senderClose: CloseFrameRow | null
  listenerClose: CloseFrameRow | null
}

/** A Close frame as it stood on the wire. */
export type CloseFrameRow = { code: number | null; reason: string | null; ms: number }

/** One HTTP request of a sender: figures, no header and no body. */
export type ExchangeRow = {
  id: string
  namespace: string
  hybridConnection: string
  trackingId: string
  method: string
  /** Without the values of parameters that hold secrets; cut after 2,048 characters. */
  target: string
  /** Null while nobody has answered, and when the sender left before. */
  status: number | null
  sender: { label: string; remote: string; rule: string | null }
  listener: { id: string; label: string } | null
  via: 'controlChannel' | 'rendezvous' | null
  startedAt: string
  pickedMs: number | null
  deliveredMs: number | null
  headMs: number | null
  endMs: number | null
  /** How long the listener may take, ms. */
  waitMs: number
  /** Bytes of the bodies, known at the end. */
  requestBytes: number | null
  responseBytes: number | null
  /** Why it failed. */
  code: string | null
  reason: string | null
  replayOf: string | null
}

export type OverviewRow = {
  version: string
  /** Another one after each start of the emulator. */
  epoch: string
  startedAt: string
  /** Failing: a finding of severity error is open. Working: a tunnel is open, or one was opened in the last 60 s. */
  state: 'failing' | 'working' | 'idle'
  listeners: number
  /** Distinct sender labels with an open tunnel, or a request in the last 60 s. */
  senders: number
  open: number
  /** Tunnels opened and requests answered in the last second. */
  newPerSecond: number
  /** What has happened at all since the start. */
  seen: { listener: boolean; tunnel: boolean; answer: boolean }
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

/** A hybrid connection as it is offered to an app; it can be added when nothing stands against it. */
export type CandidateRow = {
  namespace: string
  name: string
  endpoint: { host: string; port: number } | null
  location: string
  isOtherRegion: boolean
  status: 'Connected' | 'Not connected'
  isAttached: boolean
  /** Why App Service would not take it. */
  reasons: string[]
  /** What the principal it is shown to may not do. */
  missingActions: string[]
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

/** What moves through an entity now; only the live feed's rows of namespaces and hybrid connections have it. */
export type EntityRates = {
  /** Payload of open tunnels, both ways, over the last second. */
  bytesPerSecond: number
  /** HTTP requests in the last second. */
  requestsPerSecond: number
}

/** Who may reach a namespace by address; the first rule that holds an address decides. */
export type NetworkRules = {
  publicNetworkAccess: 'Enabled' | 'Disabled' | 'SecuredByPerimeter'
  defaultAction: 'Allow' | 'Deny'
  /** `hits`: how often the rule decided since start. */
  ipRules: { ipMask: string; action: 'Allow' | 'Deny'; hits: number }[]
}

/** What becomes of an address, and what said so. */
export type AddressJudgement = {
  address: string
  isAdmitted: boolean
  decidedBy: 'publicNetworkAccess' | 'ipRule' | 'defaultAction'
  rule: { ipMask: string; action: 'Allow' | 'Deny' } | null
}

/** Metrics of a hybrid connection since start, by the names of Azure Monitor. */
export type EntityMetrics = Record<string, number>

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

/** How a connection is ended by hand: Close 1011 on both sides, or both TCP connections cut. */
export type CloseMeans = '1011' | 'cut'

/** A code that logs one browser in: good once, until `expiresAt`. */
export type CodeAnswer = { readonly code: string; readonly expiresAt: string }

/** What a code is given in for. */
export type SessionAnswer = { readonly token: string; readonly expiresAt: string }
