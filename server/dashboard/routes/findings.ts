import type { Findings } from '../findings.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { Finding } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

export function findingRoutes(app: AdminApp, findings: Findings, now: () => number): void {
  app.get(
    '/findings',
    {
      schema: {
        tags: ['overview'],
        summary: 'What is wrong now, errors first',
        querystring: ListQuery,
        response: { 200: pageOf(Finding) },
      },
    },
    ({ query }) => page(findings.rows(now()), query, ({ id }) => id),
  )
}
