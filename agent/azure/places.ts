import { CommandError, EXIT } from '../../console/command-failure.ts'
import { readEndpoint } from '../../protocol/user-metadata.ts'
import type { ArmClient } from './arm-client.ts'
import { textOr } from './https-json.ts'
import { type HybridConnectionPlace, propertiesOf } from './gateway-string.ts'

export type Subscription = { readonly id: string; readonly name: string }
/** `endpoint` is '' where the metadata names none. */
export type FoundConnection = HybridConnectionPlace & {
  readonly endpoint: string
  /** Resource id, and that of its namespace. */
  readonly id: string
  readonly namespaceId: string
  /** Of its namespace, as ARM spells it. */
  readonly region: string
}

export async function subscriptionsOf(arm: ArmClient): Promise<readonly Subscription[]> {
  return (await arm.list('/subscriptions')).map((row) => ({
    id: String(row['subscriptionId']),
    name: String(row['displayName']),
  }))
}

/** The subscription with this id or name. Throws 1. */
export async function findSubscription(arm: ArmClient, text: string): Promise<Subscription> {
  const wanted = text.toLowerCase()
  const all = await subscriptionsOf(arm)
  const found = all.find(({ id }) => id.toLowerCase() === wanted)
  const named = found ?? all.find(({ name }) => name.toLowerCase() === wanted)
  if (named) return named
  throw new CommandError(
    EXIT.failed,
    `no subscription "${text}"`,
    all.map(({ id, name }) => `${name} (${id})`).join(', ') || 'hcm login',
  )
}

/** The place that a resource id names; undefined when it is not that of a hybrid connection. */
export function placeOf(resourceId: string): HybridConnectionPlace | undefined {
  const parts = RESOURCE_ID.exec(resourceId)
  if (!parts) return undefined
  const [, subscriptionId = '', resourceGroup = '', namespace = '', name = ''] = parts
  // ARM writes the slashes of a name as tildes, which no name holds.
  return { subscriptionId, resourceGroup, namespace, name: name.replaceAll('~', '/') }
}

const RESOURCE_ID =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Relay\/namespaces\/([^/]+)\/hybridConnections\/(.+)$/i

/** Every hybrid connection of a subscription. */
export async function connectionsOf(
  arm: ArmClient,
  { id: subscriptionId }: Subscription,
): Promise<readonly FoundConnection[]> {
  const namespaces = await arm.list(
    `/subscriptions/${encodeURIComponent(subscriptionId)}/providers/Microsoft.Relay/namespaces`,
  )
  const found = await Promise.all(
    namespaces.map(async (row) => {
      const id = String(row['id'])
      const place = {
        subscriptionId,
        resourceGroup: /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? '',
        namespace: String(row['name']),
      }
      return (await arm.list(`${id}/hybridConnections`)).map((entity) => {
        const { userMetadata } = propertiesOf(entity)
        const endpoint = readEndpoint(typeof userMetadata === 'string' ? userMetadata : undefined)
        return {
          ...place,
          id: String(entity['id']),
          namespaceId: id,
          region: textOr(row['location'], ''),
          name: String(entity['name']),
          endpoint: endpoint ? `${endpoint.host}:${endpoint.port}` : '',
        }
      })
    }),
  )
  return found.flat()
}
