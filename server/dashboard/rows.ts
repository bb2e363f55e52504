import type { AuthorizationRule, HybridConnection, Namespace } from '../../protocol/entity.ts'
import { lintUserMetadata } from '../../protocol/metadata-lint.ts'
import { readEndpoint } from '../../protocol/user-metadata.ts'
import type { RuleScope } from '../namespace/store.ts'
import type { ServerFacts } from './admin-deps.ts'
import type { Series } from './series.ts'
import type {
  ExchangeRow,
  HybridConnectionRow,
  ListenerRow,
  NamespaceRow,
  OverviewRow,
  RuleRow,
} from './contract.ts'
import type { LiveSource, OpenTunnels } from './live.ts'
import { placeKey } from './open-tunnels.ts'

/** What is connected right now. */
export type Live = {
  readonly listeners: readonly ListenerRow[]
  readonly open: OpenTunnels
}

/** Senders of requests that began less than this ago are connected, ms. Source: dashboard 1. */
const RECENT_MS = 60_000

export function liveNow(source: LiveSource): Live {
  return {
    listeners: source.listeners().filter(({ ended }) => ended === null),
    open: source.openTunnels(),
  }
}

/** Live listeners and open tunnels, per namespace and per entity. */
export type LiveCounts = {
  of(scope: RuleScope): { readonly listeners: number; readonly open: number }
}

/** Counts listeners once, so that a list of entities does not look through them for each row. */
export function countLive({ listeners, open }: Live): LiveCounts {
  const counts = new Map<string, number>()
  for (const { namespace, hybridConnection } of listeners) {
    for (const key of [placeKey({ namespace }), placeKey({ namespace, hybridConnection })]) {
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return {
    of: (scope) => ({ listeners: counts.get(placeKey(scope)) ?? 0, open: open.at(scope).open }),
  }
}

export function namespaceRow(namespace: Namespace, counts: LiveCounts): NamespaceRow {
  const { name, location, hosts, origin, hybridConnections, createdAt, updatedAt } = namespace
  return {
    name,
    location,
    hosts: [...hosts],
    origin,
    hybridConnections: hybridConnections.length,
    ...counts.of({ namespace: name }),
    createdAt,
    updatedAt,
  }
}

export function hybridConnectionRow(
  namespace: string,
  entity: HybridConnection,
  counts: LiveCounts,
): HybridConnectionRow {
  const { name, userMetadata, requiresClientAuthorization, origin, createdAt, updatedAt } = entity
  const { listeners, open } = counts.of({ namespace, hybridConnection: name })
  return {
    name,
    namespace,
    requiresClientAuthorization,
    userMetadata: userMetadata ?? null,
    endpoint: readEndpoint(userMetadata) ?? null,
    lint: userMetadata === undefined ? [] : [...lintUserMetadata(userMetadata)],
    status: listeners > 0 ? 'Connected' : 'Not connected',
    listenerCount: listeners,
    open,
    origin,
    createdAt,
    updatedAt,
  }
}

/**
 * A policy without its keys. A listener's row has the name of its rule only; the entity's own rule of that name
 * wins over the namespace's (relay-protocol 2.1), so `shadowedBy` are the entities with one of their own.
 */
export function ruleRow(
  rule: AuthorizationRule,
  scope: RuleScope,
  listeners: readonly ListenerRow[],
  shadowedBy: ReadonlySet<string>,
): RuleRow {
  const wanted = placeKey(scope)
  const isEntityRule = scope.hybridConnection !== undefined
  const live = listeners.filter((listener) => {
    if (!isSame(listener.rule, rule.name)) return false
    if (isEntityRule) return placeKey(listener) === wanted
    return isSame(listener.namespace, scope.namespace) && !shadowedBy.has(placeKey(listener))
  })
  return { name: rule.name, rights: [...rule.rights], liveListeners: live.length }
}

/** Entities of a namespace that have a rule called `name` themselves, for {@link ruleRow}. */
export function entitiesWithRule(namespace: Namespace, name: string): ReadonlySet<string> {
  return new Set(
    namespace.hybridConnections
      .filter((entity) => entity.authorizationRules.some((rule) => isSame(rule.name, name)))
      .map((entity) => placeKey({ namespace: namespace.name, hybridConnection: entity.name })),
  )
}

export function overviewRow(
  facts: ServerFacts,
  more: {
    version: string
    lastEvent: number
    isFailing: boolean
    nowMs: number
    exchanges: readonly Pick<ExchangeRow, 'sender' | 'startedAt'>[]
    series: Pick<Series, 'connectsPerSecond' | 'seen' | 'hasServedLately'>
  },
  { listeners, open }: Live,
): OverviewRow {
  const { startedAt, epoch, profile, seed, loose, gatewayStamp = null, urls } = facts
  // Times of this form are in the order of their texts.
  const since = new Date(more.nowMs - RECENT_MS).toISOString()
  const recent = more.exchanges.filter(({ startedAt: at }) => at > since)
  const isWorking = open.count > 0 || more.series.hasServedLately()
  return {
    version: more.version,
    epoch,
    startedAt,
    state: more.isFailing ? 'failing' : isWorking ? 'working' : 'idle',
    listeners: listeners.length,
    senders: new Set([...open.senders, ...recent.map(({ sender }) => sender.label)]).size,
    open: open.count,
    newPerSecond: more.series.connectsPerSecond,
    seen: { ...more.series.seen },
    profile,
    seed,
    loose,
    gatewayStamp,
    lastEvent: more.lastEvent,
    urls: { ...urls },
  }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
