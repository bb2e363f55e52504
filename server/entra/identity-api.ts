import type { ArmSettings } from '../auth/identity.ts'
import { Nothing, strict } from '../dashboard/schemas.ts'
import type { AdminApp } from '../dashboard/typebox-provider.ts'
import type { EventFeed } from '../events.ts'
import { Type } from '../json-type.ts'
import type { EntraDeps } from './entra-routes.ts'

const Text = Type.String()
const Principal = strict({ name: Text, objectId: Text, clientId: Text })

const Facts = strict({
  armUrl: Text,
  tenantId: Text,
  domain: Text,
  subscriptionId: Text,
  /** Of the key that tokens are signed with: another one makes every kept token worthless. */
  keyId: Text,
  servicePrincipals: Type.Array(Principal),
  users: Type.Array(Principal),
  managedIdentities: Type.Array(Principal),
})

const Credentials = strict({
  clientId: Text,
  clientSecret: Text,
  identityHeader: Text,
})

const tags = ['identity']

/** Who can sign in, under `/api/v1`; what reveals a secret is a POST and an event. */
export function identityApi(
  app: AdminApp,
  deps: {
    readonly entra: EntraDeps
    readonly events: EventFeed
    readonly settings: () => ArmSettings
    readonly armUrl: () => string
  },
): void {
  const { entra, events, settings, armUrl } = deps

  app.get(
    '/identity',
    {
      schema: {
        tags,
        summary: 'Tenant, subscription and principals, without secrets',
        response: { 200: Facts },
      },
    },
    async () => {
      const { tenantId, domain, principals } = entra.directory.identity
      const of = (kind: (typeof principals)[number]['kind']) =>
        principals
          .filter((principal) => principal.kind === kind)
          .map(({ name, objectId, clientId }) => ({ name, objectId, clientId }))
      return {
        armUrl: armUrl(),
        tenantId,
        domain,
        subscriptionId: settings().subscriptionId,
        keyId: (await entra.keys.current()).kid,
        servicePrincipals: of('servicePrincipal'),
        users: of('user'),
        managedIdentities: of('managedIdentity'),
      }
    },
  )

  app.post(
    '/identity/credentials',
    {
      schema: {
        tags,
        summary:
          'Client id and secret of the first service principal; the event keysListed tells of it',
        body: Nothing,
        response: { 200: Credentials },
      },
    },
    () => {
      const { principals, identityHeader } = entra.directory.identity
      const first = principals.find(({ kind }) => kind === 'servicePrincipal')
      events.emit({
        type: 'keysListed',
        who: 'admin API',
        message: `the secret of service principal ${first?.name ?? ''} was listed`,
      })
      return {
        clientId: first?.clientId ?? '',
        clientSecret: first?.secret ?? '',
        identityHeader,
      }
    },
  )
}
