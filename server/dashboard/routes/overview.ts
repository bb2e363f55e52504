import type { AdminDeps } from '../admin-deps.ts'
import { liveNow, overviewRow } from '../rows.ts'
import { Overview } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

/** One row on the whole server. */
export function overviewRoutes(app: AdminApp, deps: AdminDeps): void {
  app.get(
    '/overview',
    { schema: { tags: ['overview'], summary: 'What runs here', response: { 200: Overview } } },
    () =>
      overviewRow(
        deps.facts(),
        { version: deps.version, lastEvent: deps.events.last, nowMs: deps.now() },
        liveNow(deps.live),
        deps.live.connections(),
      ),
  )
}
