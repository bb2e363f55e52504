import type { AdminDeps } from './admin-deps.ts'
import type { OverviewRow } from './contract.ts'
import { attachmentsOf } from './app-rows.ts'
import { Findings } from './findings.ts'
import { liveNow, overviewRow } from './rows.ts'
import { Series } from './series.ts'

/** What both the API and the live feed show of the whole server. */
export type Views = {
  readonly findings: Findings
  readonly series: Series
  overview(): OverviewRow
}

export function createViews(deps: AdminDeps): Views {
  const { store, events, live, now, version } = deps
  const findings = new Findings(() => ({
    nowMs: now(),
    events: events.since(0),
    listeners: live.listeners(),
    connections: live.endedConnections(),
    entities: store
      .list()
      .flatMap(({ name: namespace, hybridConnections }) =>
        hybridConnections.map((entity) => ({ ...entity, namespace })),
      ),
    attachments: attachmentsOf(deps),
  }))
  const series = new Series(deps)
  return {
    findings,
    series,
    overview() {
      const nowMs = now()
      const isFailing = findings.rows(nowMs).some(({ severity }) => severity === 'error')
      const more = {
        version,
        lastEvent: events.last,
        isFailing,
        nowMs,
        exchanges: live.exchanges(),
        series,
      }
      return overviewRow(deps.facts(), more, liveNow(live))
    },
  }
}
