import { X509Certificate } from 'node:crypto'
import { Type } from '../../json-type.ts'
import { LIMIT_PROFILES } from '../../app-service/skus.ts'
import { trustRecipes } from '../../tls/trust.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { itemNotFound } from '../find-entity.ts'
import { oneOf, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['settings']
const MAX_SEED = 2 ** 32 - 1
const Text = Type.String()
const Profile = oneOf(...LIMIT_PROFILES)
const Settings = strict({
  profile: Profile,
  seed: Type.Integer(),
  loose: Type.Boolean(),
  overridden: Type.Array(oneOf('profile', 'seed', 'loose')),
})
const Change = Type.Object(
  {
    profile: Type.Optional(Profile),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_SEED })),
    loose: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
)
const Recipes = strict({
  caFile: Text,
  platform: Text,
  nodeVersion: Text,
  items: Type.Array(strict({ runtime: Text, note: Text, commands: Type.Array(Text) })),
})

/** What holds until the next start, and how this machine comes to trust the CA. Source: dashboard 2.7. */
export function settingsRoutes(app: AdminApp, deps: AdminDeps): void {
  const { settings, events } = deps
  const shown = () => ({ ...settings.current, overridden: [...settings.overridden] })

  app.get(
    '/settings',
    { schema: { tags, summary: 'What is in force', response: { 200: Settings } } },
    shown,
  )

  app.patch(
    '/settings',
    {
      schema: {
        tags,
        summary: 'Changes what is named, at once and until the next start; nothing is written',
        body: Change,
        response: { 200: Settings },
      },
    },
    ({ body }) => {
      const changed = settings.change(body)
      if (changed.length > 0) {
        const words = changed.map((name) => `${name} is ${settings.current[name]}`)
        const message = `${words.join(', ')}, until the next start`
        events.emit({ type: 'settingsChanged', who: 'admin API', message })
      }
      return shown()
    },
  )

  app.get(
    '/trust',
    {
      schema: {
        tags,
        summary: "How each runtime of the emulator's machine comes to trust its CA",
        response: { 200: Recipes },
      },
    },
    () => {
      const { caPem, caFile, endpointPort } = deps
      if (caPem === null) {
        return itemNotFound('caPem', 'the relay runs with a certificate of its own')
      }
      const caName = /^CN=(.*)$/m.exec(new X509Certificate(caPem).subject)?.[1] ?? ''
      const file = caFile ?? 'ca.pem'
      const { platform } = process
      const recipes = trustRecipes({ caFile: file, caName, port: endpointPort(), platform })
      return {
        caFile: file,
        platform,
        nodeVersion: process.version,
        items: recipes.map(({ runtime, note, trust }) => ({ runtime, note, commands: [...trust] })),
      }
    },
  )
}
