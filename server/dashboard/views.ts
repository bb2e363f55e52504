import type { AdminDeps } from './admin-deps.ts'
import type { OverviewRow } from './contract.ts'
import { attachmentsOf } from './app-rows.ts'
import { Findings } from './findings.ts'
import { liveNow, overviewRow } from './rows.ts'

/** What both the API and the live feed show of the whole server. */
export type Views = {
  readonly findings: Findings
  overview(): OverviewRow
}

export function createViews(deps: AdminDeps): Views {
  const { store, events, live, now, version } = deps
  const findings = new Findings(() => ({
    nowMs: now(),
    events: events.since(0),
    listeners: live.listeners(),
    connections: live.connections(),
    entities: store
      .list()
      .flatMap(({ name: namespace, hybridConnections }) =>
        hybridConnections.map((entity) => ({ ...entity, namespace })),
      ),
    attachments: attachmentsOf(deps),
  }))
  return {
    findings,
    overview() {
      const nowMs = now()
      const isFailing = findings.rows(nowMs).some(({ severity }) => severity === 'error')
      const more = { version, lastEvent: events.last, nowMs, isFailing }
      return overviewRow(deps.facts(), more, liveNow(live), live.connections())
    },
  }
}
