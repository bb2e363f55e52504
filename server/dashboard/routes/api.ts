import type { AdminDeps } from '../admin-deps.ts'
import type { AdminApp } from '../typebox-provider.ts'
import { createViews } from '../views.ts'
import { appCandidateRoutes } from './app-candidates.ts'
import { appConnectionRoutes } from './app-connections.ts'
import { appRoutes } from './apps.ts'
import { authorizationRuleRoutes } from './authorization-rules.ts'
import { connectionRoutes } from './connections.ts'
import { controlRoutes } from './control.ts'
import { eventRoutes } from './events.ts'
import { exchangeRoutes } from './exchanges.ts'
import { feedRoute } from './feed.ts'
import { findingRoutes } from './findings.ts'
import { hybridConnectionRoutes } from './hybrid-connections.ts'
import { listenerRoutes } from './listeners.ts'
import { metadataRoutes } from './metadata.ts'
import { namespaceRoutes } from './namespaces.ts'
import { networkRuleRoutes } from './network-rules.ts'
import { overviewRoutes } from './overview.ts'
import { ruleKeyRoutes } from './rule-keys.ts'
import { planRoutes } from './plans.ts'
import { RULE_LEVELS } from './rule-levels.ts'
import { sessionRoutes } from './session.ts'
import { seriesRoutes } from './series.ts'
import { settingsRoutes } from './settings.ts'
import { tokenRoutes } from './tokens.ts'
import { usageRoutes } from './usage.ts'

/** Everything under `/api/v1`. `stopping` is aborted when the port closes. */
export function apiRoutes(app: AdminApp, deps: AdminDeps, stopping: AbortSignal): void {
  const views = createViews(deps)
  stopping.addEventListener('abort', () => views.series.stop(), { once: true })
  feedRoute(app, deps, views)
  sessionRoutes(app, deps)
  overviewRoutes(app, views)
  seriesRoutes(app, views.series)
  settingsRoutes(app, deps)
  findingRoutes(app, views.findings, deps.now)
  namespaceRoutes(app, deps)
  networkRuleRoutes(app, deps)
  hybridConnectionRoutes(app, deps)
  for (const level of RULE_LEVELS) {
    authorizationRuleRoutes(app, deps, level)
    ruleKeyRoutes(app, deps, level)
  }
  tokenRoutes(app, deps)
  metadataRoutes(app)
  listenerRoutes(app, deps)
  connectionRoutes(app, deps)
  exchangeRoutes(app, deps)
  eventRoutes(app, deps, stopping)
  usageRoutes(app, deps)
  const { appService } = deps
  if (appService) {
    for (const add of [planRoutes, appRoutes, appCandidateRoutes, appConnectionRoutes]) {
      add(app, { ...deps, appService })
    }
  }
  controlRoutes(app, deps)
  for (const plugin of deps.plugins ?? []) plugin(app)
}
