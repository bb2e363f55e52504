import { Type } from '../../json-type.ts'
import { strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import { type UsageDeps, UsageMeter } from '../usage.ts'

const Text = Type.String()
const Usage = strict({
  since: Type.String({ format: 'date-time' }),
  listeners: Type.Integer(),
  items: Type.Array(
    strict({
      namespace: Text,
      hybridConnection: Text,
      now: Type.Integer(),
      peak: Type.Integer(),
      listenerHours: Type.Number(),
      bytes: Type.Integer(),
    }),
  ),
})

/** What Azure would count. Source: dashboard 2.7. */
export function usageRoutes(app: AdminApp, deps: UsageDeps): void {
  const meter = new UsageMeter(deps)
  app.get(
    '/usage',
    {
      schema: {
        tags: ['usage'],
        summary: 'Listeners as Azure bills them: control channels per hybrid connection',
        response: { 200: Usage },
      },
    },
    () => meter.report(),
  )
}
