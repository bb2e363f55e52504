import { createSender, type RelaySender } from '../client/sender.ts'
import { fixedTokenProvider } from '../client/token-provider.ts'
import { isLoopback, relayUserAgent } from '../client/endpoint.ts'
import type { DiagnosisFacts, ListenerFault } from '../console/diagnosis-facts.ts'
import { stampOfGateway } from '../protocol/gateway-names.ts'
import { readEndpoint } from '../protocol/user-metadata.ts'
import type {
  HybridConnectionRow,
  ListenerRow,
  NamespaceRow,
  RuleRow,
} from '../server/dashboard/contract.ts'
import type { RelayEvent } from '../server/events.ts'
import { type AdminClient, type Page, segment } from './admin-client.ts'

/** A hybrid connection by the names of its parts. */
export type EntityName = { readonly namespace: string; readonly hybridConnection: string }

type Known = Pick<DiagnosisFacts, 'entity' | 'listeners' | 'gateway'>

/** What the emulator knows of the hybrid connection and of those who listened or tried to. */
export async function emulatorFacts(admin: AdminClient, name: EntityName): Promise<Known> {
  const [row, listeners, events] = await Promise.all([
    entityRow(admin, name),
    admin.get<Page<ListenerRow>>('/listeners?limit=10000'),
    admin.get<Page<RelayEvent>>('/events?limit=10000'),
  ])
  const live = listeners.items.filter((each) => each.ended === null && isOf(each, name))
  const history = events.items.filter((each) => isOf(each, name))
  return {
    entity: { exists: row !== undefined, endpoint: row?.endpoint ?? null },
    listeners: { live: live.length, ...listenerHistory(history) },
    gateway: lastGateway(history),
  }
}

/** What the last events say of a hybrid connection's listeners; events are given oldest first. */
export function listenerHistory(
  events: readonly Pick<RelayEvent, 'type' | 'at' | 'code' | 'message'>[],
): Pick<NonNullable<DiagnosisFacts['listeners']>, 'lastRefusal' | 'lastEnd'> {
  let lastRefusal: ListenerFault | null = null
  let lastEnd: ListenerFault | null = null
  for (const { type, at, code, message } of events) {
    if (type === 'listenerConnected') {
      lastRefusal = null
      lastEnd = null
    } else if (type === 'listenerRefused' || type === 'tokenRefused') {
      lastRefusal = { at, code, message }
    } else if (type === 'listenerUnresponsive') {
      lastEnd = { at, code: type, message }
    } else if (type === 'listenerDisconnected') {
      lastEnd ??= { at, code, message }
    }
  }
  return { lastRefusal, lastEnd }
}

/** The gateway in the last event that tells of a listener who did not come. */
function lastGateway(events: readonly Pick<RelayEvent, 'type' | 'message'>[]): string | null {
  const { message = '' } = events.findLast(({ type }) => type === 'acceptTimedOut') ?? {}
  const words = message.split(' ').map((word) => word.replace(/:\d+$/, ''))
  return words.find((word) => stampOfGateway(word) !== undefined) ?? null
}

/** What a connection string alone can tell of the endpoint; the relay may refuse to say. */
export async function senderFacts(sender: RelaySender): Promise<Known> {
  const answer = await sender.runtimeInformation().catch(() => undefined)
  if (!answer) return { entity: null, listeners: null }
  return {
    entity: { exists: true, endpoint: readEndpoint(answer.userMetadata) ?? null },
    listeners: { live: answer.listenerCount, lastRefusal: null, lastEnd: null },
  }
}

/**
 * A sender with a token that the emulator mints for a minute, for who gave no connection string. Undefined when there
 * is no such hybrid connection, or no rule may send.
 */
export async function ownSender(
  admin: AdminClient,
  name: EntityName,
  ca: string | undefined,
): Promise<RelaySender | undefined> {
  const row = await entityRow(admin, name)
  if (!row) return undefined
  const parent = `/namespaces/${segment(row.namespace)}`
  const below = `${parent}/hybridConnections/${segment(row.name)}`
  const token = (await mint(admin, below)) ?? (await mint(admin, parent))
  if (token === undefined && row.requiresClientAuthorization) return undefined
  const { urls } = await admin.get<{ urls: { relay: string } }>('/overview')
  const here = admin.url.hostname.replace(/^\[(.*)\]$/, '$1')
  // The name chooses the namespace; the client leads names below localhost to loopback.
  const host = isLoopback(here) ? `${row.namespace}.servicebus.localhost` : admin.url.hostname
  return createSender({
    connectionString: `Endpoint=sb://${host}:${new URL(urls.relay).port || 443}/;EntityPath=${row.name}`,
    tokenProvider: token === undefined ? undefined : fixedTokenProvider(token),
    ca,
    userAgent: relayUserAgent('app', 'explain'),
  })
}

async function entityRow(
  admin: AdminClient,
  { namespace, hybridConnection }: EntityName,
): Promise<HybridConnectionRow | undefined> {
  const namespaces = await admin.get<Page<NamespaceRow>>('/namespaces?limit=10000')
  const found = namespaces.items.find((row) => isSame(row.name, namespace))
  if (!found) return undefined
  const path = `/namespaces/${segment(found.name)}/hybridConnections?limit=10000`
  const rows = await admin.get<Page<HybridConnectionRow>>(path)
  return rows.items.find((row) => isSame(row.name, hybridConnection))
}

async function mint(admin: AdminClient, parent: string): Promise<string | undefined> {
  const rules = await admin.get<Page<RuleRow>>(`${parent}/authorizationRules?limit=10000`)
  const rule = rules.items.find(
    ({ rights }) => rights.includes('Send') || rights.includes('Manage'),
  )
  if (!rule) return undefined
  const path = `${parent}/authorizationRules/${segment(rule.name)}/tokens`
  const { token } = await admin.post<{ token: string }>(path, { right: 'Send', ttlSeconds: 60 })
  return token
}

function isOf(
  row: { readonly namespace: string | null; readonly hybridConnection: string | null },
  name: EntityName,
): boolean {
  return (
    isSame(row.namespace ?? '', name.namespace) &&
    isSame(row.hybridConnection ?? '', name.hybridConnection)
  )
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
