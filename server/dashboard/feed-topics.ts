import type { LogTopic } from '../../console/feed-session.ts'
import type { StateTopic } from '../../console/feed.ts'
import type { FeedRow } from '../../console/feed-contract.ts'
import { appRows, planRows } from './app-rows.ts'
import type { AdminDeps } from './admin-deps.ts'
import type { EntityRates } from './contract.ts'
import type { Place } from './live.ts'
import { placeKey } from './open-tunnels.ts'
import {
  countLive,
  entitiesWithRule,
  hybridConnectionRow,
  type Live,
  liveNow,
  namespaceRow,
  ruleRow,
} from './rows.ts'
import { RequestRates } from './request-rates.ts'
import type { Views } from './views.ts'

/** Rows that a state topic carries at most. Source: dashboard 4. */
const MAX_ROWS = 10_000

/** Topics whose rows change. Source: dashboard 4. */
export function stateTopics(deps: AdminDeps, views: Views): Readonly<Record<string, StateTopic>> {
  const { live, now } = deps
  const requests = new RequestRates(deps.events, now)
  return {
    overview: {
      counters: ['lastEvent'],
      rows: () => ({ rows: [{ id: 'overview', ...views.overview() }] }),
    },
    findings: { counters: [], rows: () => ({ rows: views.findings.rows(now()) }) },
    entities: {
      counters: ['listenerCount', 'listeners', 'open', 'bytesPerSecond', 'requestsPerSecond'],
      rows: () => entityRows(deps, requests),
    },
    listeners: {
      counters: [
        'lastPongAt',
        'pingMs',
        'missedPongs',
        'offered',
        'accepted',
        'expected',
        'offers',
      ],
      rows: () => limited(live.listeners()),
    },
    connections: {
      counters: [
        'bytesToListener',
        'bytesToSender',
        'rateToListener',
        'rateToSender',
        'framesToListener',
        'framesToSender',
      ],
      rows: () => limited(live.connections()),
      changes: () => live.takeConnectionChanges(MAX_ROWS),
    },
    exchanges: { counters: [], rows: () => limited(live.exchanges()) },
  }
}

/** Topics whose rows are only added. */
export function logTopics({ events }: AdminDeps): Readonly<Record<string, LogTopic>> {
  return { events: { since: (after) => events.since(after) } }
}

function limited<Row>(rows: readonly Row[]): { rows: readonly Row[]; total: number } {
  return { rows: rows.length > MAX_ROWS ? rows.slice(0, MAX_ROWS) : rows, total: rows.length }
}

/** Namespaces, hybrid connections, policies, plans and apps, told apart by `kind` and their ids. */
function entityRows(deps: AdminDeps, requests: RequestRates) {
  const { store, live, appService } = deps
  const now = liveNow(live)
  const counts = countLive(now)
  const rates = entityRates(now, requests)
  const rows: readonly FeedRow[] = store.list().flatMap((namespace): FeedRow[] => {
    const ns = namespace.name
    const rulesOf = (
      hybridConnection: string | undefined,
      rules: typeof namespace.authorizationRules,
    ) =>
      rules.map((rule) => {
        const scope = { namespace: ns, ...(hybridConnection !== undefined && { hybridConnection }) }
        const path = hybridConnection === undefined ? ns : `${ns}/${hybridConnection}`
        const shadowedBy = entitiesWithRule(namespace, rule.name)
        return {
          id: `rule:${path}/${rule.name}`,
          kind: 'rule',
          namespace: ns,
          hybridConnection: hybridConnection ?? null,
          ...ruleRow(rule, scope, now.listeners, shadowedBy),
        }
      })
    return [
      {
        id: `ns:${ns}`,
        kind: 'namespace',
        ...namespaceRow(namespace, counts),
        ...rates({ namespace: ns }),
      },
      ...rulesOf(undefined, namespace.authorizationRules),
      ...namespace.hybridConnections.flatMap((entity) => [
        {
          id: `hc:${ns}/${entity.name}`,
          kind: 'hybridConnection',
          ...hybridConnectionRow(ns, entity, counts),
          ...rates({ namespace: ns, hybridConnection: entity.name }),
        },
        ...rulesOf(entity.name, entity.authorizationRules),
      ]),
    ]
  })
  if (!appService) return limited(rows)
  return limited([
    ...rows,
    ...planRows({ ...deps, appService }).map((row) => ({
      id: `plan:${row.group}/${row.plan}`,
      kind: 'plan',
      ...row,
    })),
    ...appRows({ ...deps, appService }).map((row) => ({
      id: `app:${row.app}${row.slot === null ? '' : `/${row.slot}`}`,
      kind: 'app',
      ...row,
    })),
  ])
}

/** What moves through a namespace or hybrid connection. */
function entityRates({ open }: Live, requests: RequestRates): (place: Place) => EntityRates {
  const perSecond = requests.read()
  return (place) => ({
    bytesPerSecond: open.at(place).bytesPerSecond,
    requestsPerSecond: perSecond.get(placeKey(place)) ?? 0,
  })
}
