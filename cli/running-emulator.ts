import type { AuthorizationRule, HybridConnection, Namespace } from '../protocol/entity.ts'
import { segment } from './admin-client.ts'
import type { AdminClient, Page } from './admin-client.ts'

/** What a running emulator serves, keys included, and where its relay is. */
export type RunningEmulator = {
  /** In its order: the first one answers to localhost. */
  readonly namespaces: readonly Namespace[]
  /** Where to dial the relay over TLS from here. */
  readonly relay: { readonly host: string; readonly port: number }
  /** Group of gateways whose names listeners get; null when they dial the namespace's own name. */
  readonly gatewayStamp: string | null
}

/** Asks for everything that connection strings are made of. Each key asked for is an event of the emulator. */
export async function readRunningEmulator(admin: AdminClient): Promise<RunningEmulator> {
  const [overview, namespaces] = await Promise.all([
    admin.get<{ urls: { relay: string }; gatewayStamp?: string | null }>('/overview'),
    all<NamespaceRow>(admin, '/namespaces'),
  ])
  return {
    gatewayStamp: overview.gatewayStamp ?? null,
    relay: { host: hostToDial(admin.url), port: Number(new URL(overview.urls.relay).port || 443) },
    namespaces: await Promise.all(namespaces.map((row) => readNamespace(admin, row))),
  }
}

type NamespaceRow = Omit<Namespace, 'authorizationRules' | 'hybridConnections'>
type EntityRow = Omit<HybridConnection, 'authorizationRules' | 'userMetadata'> & {
  userMetadata: string | null
}
type RuleRow = Pick<AuthorizationRule, 'name' | 'rights'>
type RuleKeys = Pick<AuthorizationRule, 'primaryKey' | 'secondaryKey'>

async function readNamespace(admin: AdminClient, row: NamespaceRow): Promise<Namespace> {
  const path = `/namespaces/${segment(row.name)}`
  const [authorizationRules, entities] = await Promise.all([
    readRules(admin, path),
    all<EntityRow>(admin, `${path}/hybridConnections`),
  ])
  const hybridConnections = await Promise.all(
    entities.map(async (entity) => ({
      ...entity,
      userMetadata: entity.userMetadata ?? undefined,
      authorizationRules: await readRules(
        admin,
        `${path}/hybridConnections/${segment(entity.name)}`,
      ),
    })),
  )
  return { ...row, authorizationRules, hybridConnections }
}

async function readRules(admin: AdminClient, parent: string): Promise<AuthorizationRule[]> {
  const rules = await all<RuleRow>(admin, `${parent}/authorizationRules`)
  return Promise.all(
    rules.map(async ({ name, rights }) => {
      const keys = await admin.post<RuleKeys>(
        `${parent}/authorizationRules/${segment(name)}/listKeys`,
      )
      return { name, rights, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey }
    }),
  )
}

async function all<Row>(admin: AdminClient, path: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: Page<Row> = await admin.get<Page<Row>>(`${path}?limit=10000${query}`)
    rows.push(...page.items)
    cursor = page.next ?? null
  } while (cursor !== null)
  return rows
}

/** Every port binds the same address (product 3, `--host`), so the relay is where the admin port is. */
function hostToDial(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}
