import { readEndpoint } from '../../protocol/user-metadata.ts'
import type { RelayEvent } from '../events.ts'
import type { ConnectionRow, ListenerRow } from './contract.ts'
import { RULES } from './finding-rules.ts'

/** How far back the rules look, ms, and how long a finding stays when its condition no longer holds. Source: dashboard 1. */
const LOOK_BACK_MS = 5 * 60_000
const LINGER_MS = 60_000

/** Source: dashboard 1, the table of findings. */
export type FindingRule =
  | 'no-listener'
  | 'listener-refused'
  | 'listener-unresponsive'
  | 'sender-refused'
  | 'accept-timeout'
  | 'rejected'
  | 'endpoint-unreachable'
  | 'http-unanswered'
  | 'metadata'
  | 'endpoint-name'
  | 'app-key'
  | 'imbalance'

/** A hybrid connection, as much of it as the rules look at. */
export type JudgedEntity = {
  readonly namespace: string
  readonly name: string
  readonly requiresClientAuthorization: boolean
  readonly userMetadata: string | undefined
}

/** An app that has a hybrid connection attached, and whether its send key still signs. */
export type Attachment = {
  readonly app: string
  readonly namespace: string
  readonly hybridConnection: string
  readonly key: 'valid' | 'missing' | 'stale'
}

export type FindingFacts = {
  readonly nowMs: number
  /** Oldest first. */
  readonly events: readonly RelayEvent[]
  readonly listeners: readonly ListenerRow[]
  /** Those that have ended, the latest first. */
  readonly connections: readonly ConnectionRow[]
  readonly entities: readonly JudgedEntity[]
  readonly attachments: readonly Attachment[]
}

/** Something that is wrong at one hop of one hybrid connection. */
export type Symptom = {
  readonly rule: FindingRule
  readonly severity: 'error' | 'warning'
  readonly hop: string
  readonly namespace: string
  readonly hybridConnection: string
  readonly why: string
  readonly next: readonly string[]
  /** Ids of connections and listeners, or numbers of events, that show it. */
  readonly evidence: readonly string[]
  /** When it was last seen. */
  readonly lastMs: number
}

/** What is wrong now, or was within the last minute and has not gone well since. Pure. */
export function diagnoseRelay(facts: FindingFacts): readonly Symptom[] {
  // Times of this form are in the order of their texts.
  const since = new Date(facts.nowMs - LOOK_BACK_MS).toISOString()
  const events = facts.events.filter(({ at }) => at > since)
  return facts.entities.flatMap((entity) => {
    const scope = scopeOf({ ...facts, events }, entity)
    return RULES.flatMap((rule) => rule(scope) ?? []).filter(
      ({ lastMs }) => facts.nowMs - lastMs < LINGER_MS,
    )
  })
}

/** The facts of one hybrid connection. */
export type Scope = FindingFacts & {
  readonly entity: JudgedEntity
  readonly live: readonly ListenerRow[]
  /** HOST:PORT of the metadata, or what stands for it. */
  readonly place: string
}

function scopeOf(facts: FindingFacts, entity: JudgedEntity): Scope {
  const isOwn = (row: { namespace: string | null; hybridConnection: string | null }) =>
    row.namespace?.toLowerCase() === entity.namespace.toLowerCase() &&
    row.hybridConnection?.toLowerCase() === entity.name.toLowerCase()
  const listeners = facts.listeners.filter(isOwn)
  const endpoint = readEndpoint(entity.userMetadata)
  return {
    ...facts,
    entity,
    events: facts.events.filter(isOwn),
    listeners,
    live: listeners.filter(({ ended }) => ended === null),
    connections: facts.connections.filter(isOwn),
    attachments: facts.attachments.filter(isOwn),
    place: endpoint ? `${endpoint.host}:${endpoint.port}` : 'the endpoint',
  }
}
