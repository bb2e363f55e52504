import type { TProperties } from 'typebox'
import { Type } from '../json-type.ts'

/** Schemas of the rows in `contract.ts`, and of what several routes share. */

/** An object that has these members and no others. */
export function strict<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false })
}

export function oneOf<Value extends string>(...values: Value[]) {
  return Type.Unsafe<Value>({ type: 'string', enum: values })
}

const Text = Type.String()
const Time = Type.String({ format: 'date-time' })
const Count = Type.Integer()
const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })
const NumberOrNull = Type.Unsafe<number | null>({ type: ['number', 'null'] })
const TimeOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' })

export const ErrorBody = strict({
  error: strict({
    code: Text,
    message: Text,
    target: TextOrNull,
    next: TextOrNull,
    details: Type.Array(strict({ code: Text, message: Text, target: Text })),
  }),
})

/** Query of a call that takes none, and body of a POST that says nothing. */
export const Nothing = strict({})
export const NoContent = Type.Null({ description: 'done' })

export const Claim = oneOf('Listen', 'Send', 'Manage')
const Origin = oneOf('file', 'runtime')
const nameParameter = Type.String({ minLength: 1, description: 'percent-encoded' })

/** The names in the path of a route. */
export function pathNames<Name extends string>(...names: Name[]) {
  const members = Object.fromEntries(names.map((name) => [name, nameParameter]))
  return strict(members as Record<Name, typeof nameParameter>)
}

export const Overview = strict({
  version: Text,
  epoch: Text,
  startedAt: Time,
  state: oneOf('failing', 'working', 'idle'),
  listeners: Count,
  senders: Count,
  open: Count,
  newPerSecond: Count,
  seen: strict({ listener: Type.Boolean(), tunnel: Type.Boolean(), answer: Type.Boolean() }),
  profile: Text,
  seed: Type.Number(),
  loose: Type.Boolean(),
  gatewayStamp: Type.Optional(TextOrNull),
  lastEvent: Count,
  urls: strict({ relay: Text, plain: TextOrNull, admin: Text }),
})

export const Namespace = strict({
  name: Text,
  location: Text,
  hosts: Type.Array(Text),
  origin: Origin,
  hybridConnections: Count,
  listeners: Count,
  open: Count,
  createdAt: Time,
  updatedAt: Time,
})

const LintFinding = strict({
  code: Text,
  level: oneOf('error', 'warning'),
  at: NumberOrNull,
  message: Text,
  fix: TextOrNull,
})

const Endpoint = strict({ host: Text, port: Count })

export const HybridConnection = strict({
  name: Text,
  namespace: Text,
  requiresClientAuthorization: Type.Boolean(),
  userMetadata: TextOrNull,
  endpoint: Type.Union([Endpoint, Type.Null()]),
  lint: Type.Array(LintFinding),
  status: oneOf('Connected', 'Not connected'),
  listenerCount: Count,
  open: Count,
  origin: Origin,
  createdAt: Time,
  updatedAt: Time,
})

export const Rule = strict({ name: Text, rights: Type.Array(Claim), liveListeners: Count })

export const RuleKeys = strict({
  keyName: Text,
  primaryKey: Text,
  secondaryKey: Text,
  primaryConnectionString: Text,
  secondaryConnectionString: Text,
  gateway: strict({ azure: Text, local: Text, configured: Type.Array(Text) }),
})

export const MintedToken = strict({ token: Text, expiresAt: Time })

export const TokenInspection = strict({
  kind: oneOf('sas', 'jwt', 'unknown'),
  audience: TextOrNull,
  rule: TextOrNull,
  expiresAt: TimeOrNull,
  verdicts: Type.Array(
    strict({
      action: oneOf('listen', 'send'),
      hybridConnection: Text,
      ok: Type.Boolean(),
      code: TextOrNull,
    }),
  ),
})

export const Listener = strict({
  id: Text,
  label: Text,
  trackingId: Text,
  namespace: Text,
  hybridConnection: Text,
  remote: Text,
  userAgent: TextOrNull,
  rule: Text,
  since: Time,
  tokenExpiresAt: Time,
  lastPongAt: TimeOrNull,
  pingMs: NumberOrNull,
  offered: Count,
  accepted: Count,
  expected: Type.Number(),
  offers: Count,
  rejected: Count,
  timedOut: Count,
  renewals: Count,
  missedPongs: Count,
  ended: Type.Union([
    strict({ at: Time, by: oneOf('listener', 'relay'), code: NumberOrNull, reason: Text }),
    Type.Null(),
  ]),
})

const Named = strict({ id: Text, label: Text })

export const Picks = strict({
  seed: Type.Number(),
  items: Type.Array(
    strict({
      n: Count,
      at: Time,
      candidates: Type.Array(Named),
      chosen: Named,
      allowed: Type.Union([Type.Array(Text), Type.Null()]),
      disallowed: Type.Array(Text),
      ref: TextOrNull,
    }),
  ),
})

const CloseFrame = Type.Union([
  strict({ code: NumberOrNull, reason: TextOrNull, ms: Type.Number() }),
  Type.Null(),
])

export const Connection = strict({
  id: Text,
  namespace: Text,
  hybridConnection: Text,
  phase: oneOf(
    'connecting',
    'acceptSent',
    'accepted',
    'open',
    'closing',
    'closed',
    'refused',
    'rejected',
    'timedOut',
    'abandoned',
  ),
  trackingId: Text,
  sender: strict({ label: Text, remote: Text, rule: TextOrNull }),
  listener: Type.Union([strict({ id: Text, label: Text }), Type.Null()]),
  startedAt: Time,
  acceptSentMs: NumberOrNull,
  acceptedMs: NumberOrNull,
  openMs: NumberOrNull,
  closingMs: NumberOrNull,
  endedMs: NumberOrNull,
  bytesToListener: Count,
  bytesToSender: Count,
  rateToListener: Type.Number(),
  rateToSender: Type.Number(),
  closedBy: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    enum: ['sender', 'listener', 'relay', null],
  }),
  means: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    enum: ['close', 'fin', 'reset', null],
  }),
  code: NumberOrNull,
  reason: TextOrNull,
  capture: oneOf('off', 'headers', 'full'),
  listenerRemote: TextOrNull,
  subProtocol: TextOrNull,
  framesToListener: Count,
  framesToSender: Count,
  senderClose: CloseFrame,
  listenerClose: CloseFrame,
})

export const Exchange = strict({
  id: Text,
  namespace: Text,
  hybridConnection: Text,
  trackingId: Text,
  method: Text,
  target: Text,
  status: NumberOrNull,
  sender: strict({ label: Text, remote: Text, rule: TextOrNull }),
  listener: Type.Union([Named, Type.Null()]),
  via: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    enum: ['controlChannel', 'rendezvous', null],
  }),
  startedAt: Time,
  pickedMs: NumberOrNull,
  deliveredMs: NumberOrNull,
  headMs: NumberOrNull,
  endMs: NumberOrNull,
  waitMs: Type.Number(),
  requestBytes: NumberOrNull,
  responseBytes: NumberOrNull,
  code: TextOrNull,
  reason: TextOrNull,
  replayOf: TextOrNull,
})

export const Event = strict({
  n: Count,
  at: Time,
  level: oneOf('debug', 'info', 'warning', 'error'),
  type: Text,
  operation: TextOrNull,
  namespace: TextOrNull,
  hybridConnection: TextOrNull,
  who: TextOrNull,
  code: TextOrNull,
  message: Text,
  trackingId: TextOrNull,
})

export const Reloaded = strict({
  file: TextOrNull,
  changes: Type.Array(Text),
  warnings: Type.Array(Text),
})

export const MetadataJudgement = strict({
  findings: Type.Array(LintFinding),
  endpoint: Type.Union([Endpoint, Type.Null()]),
})

export const Finding = strict({
  id: Text,
  rule: Text,
  severity: oneOf('error', 'warning'),
  hop: Text,
  namespace: Text,
  hybridConnection: Text,
  why: Text,
  next: Type.Array(Text),
  since: Time,
  evidence: Type.Array(Text),
})
