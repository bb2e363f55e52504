import type { AuthorizationRule } from '../../protocol/entity.ts'
import type {
  HybridConnectionRow,
  NamespaceRow,
  RuleKeys,
  RuleRow,
} from '../../server/dashboard/contract.ts'
import type { KnownHybridConnection, KnownNamespace } from '../../server/fixture/entity-lookup.ts'
import { type AdminApi, segment } from './admin-api.ts'

/** All entities of an emulator with rules and keys, asked over its API. */
export async function readEntities(api: AdminApi): Promise<readonly KnownNamespace[]> {
  const rows = await api.list<NamespaceRow>('/namespaces')
  return Promise.all(
    rows.map(async ({ name, hosts }) => {
      const path = `/namespaces/${segment(name)}`
      const entities = await api.list<HybridConnectionRow>(`${path}/hybridConnections`)
      return {
        name,
        hosts,
        authorizationRules: await readRules(api, path),
        hybridConnections: await Promise.all(
          entities.map((entity) => readHybridConnection(api, name, entity.name)),
        ),
      }
    }),
  )
}

/** One hybrid connection with rules and keys. */
export async function readHybridConnection(
  api: AdminApi,
  namespace: string,
  name: string,
): Promise<KnownHybridConnection> {
  return { name, authorizationRules: await readRules(api, entityPath(namespace, name)) }
}

export function entityPath(namespace: string, name: string): string {
  return `/namespaces/${segment(namespace)}/hybridConnections/${segment(name)}`
}

async function readRules(api: AdminApi, path: string): Promise<readonly AuthorizationRule[]> {
  const rules = await api.list<RuleRow>(`${path}/authorizationRules`)
  return Promise.all(
    rules.map(async ({ name, rights }) => {
      const keys = `${path}/authorizationRules/${segment(name)}/listKeys`
      const { primaryKey, secondaryKey } = await api.call<RuleKeys>('POST', keys)
      return { name, rights, primaryKey, secondaryKey }
    }),
  )
}
