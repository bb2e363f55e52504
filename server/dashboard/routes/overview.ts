import { Overview } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import type { Views } from '../views.ts'

/** One row on the whole server. */
export function overviewRoutes(app: AdminApp, views: Views): void {
  app.get(
    '/overview',
    { schema: { tags: ['overview'], summary: 'What runs here', response: { 200: Overview } } },
    () => views.overview(),
  )
}
