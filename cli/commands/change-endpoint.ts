import type { ConnectionRow } from '../../agent/contract.ts'
import { type ControlClient, connectionPath } from '../../agent/control-client.ts'
import { daemonOf } from '../../agent/commands/settings.ts'
import { isObject } from '../../protocol/json.ts'
import { type Endpoint, formatUserMetadata } from '../../protocol/user-metadata.ts'
import type { AppRow, HybridConnectionRow, ListenerRow } from '../../server/dashboard/contract.ts'
import {
  type AdminClient,
  type AdminFlags,
  type Page,
  adminClient,
  segment,
} from '../admin-client.ts'
import { formatHostPort, readHostPort } from '../app-connections.ts'
import type { EntityName } from '../app-facts.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { readName } from './explain.ts'

export type ChangeEndpointFlags = AdminFlags & { readonly stateDir?: string | undefined }

/**
 * `change-endpoint`: what the documentation asks for when an endpoint moves, at once: the metadata, each app that has
 * the hybrid connection attached, and the agent of this machine. Agents elsewhere are named, with their command.
 */
export async function changeEndpoint(
  path: string,
  target: string,
  flags: ChangeEndpointFlags,
  io: CliIo,
): Promise<number> {
  const name = readName(path)
  const endpoint = readHostPort(target)
  const admin = adminClient(flags, io.env)
  const say = (text: string) => void io.stdout.write(`${text}\n`)

  const row = await saveMetadata(admin, name, endpoint)
  say(`${path}: the endpoint is now ${formatHostPort(endpoint)}`)
  for (const app of await changeApps(admin, row, endpoint)) say(`app ${app}: attached anew`)
  const restarted = await restartAgent(row, flags, io)
  if (restarted) {
    say(`agent: connected anew, endpoint ${restarted.endpoint || 'unknown'}`)
    if (restarted.endpoint !== formatHostPort(endpoint)) {
      throw new CliError(
        EXIT.failed,
        `the agent did not take the endpoint: ${restarted.lastError ?? restarted.status}`,
        `hcm restart -ns ${row.namespace} -n ${row.name}`,
      )
    }
  }
  const others = (await listenersOf(admin, row)) - (restarted ? 1 : 0)
  if (others > 0) {
    say(
      `${others} more ${others === 1 ? 'listener' : 'listeners'}, where this has to be run: hcm restart -ns ${row.namespace} -n ${row.name}`,
    )
  }
  return EXIT.fine
}

/** Other entries of the metadata stay as they are. */
async function saveMetadata(
  admin: AdminClient,
  { namespace, hybridConnection }: EntityName,
  endpoint: Endpoint,
): Promise<HybridConnectionRow> {
  const path = `/namespaces/${segment(namespace)}/hybridConnections/${segment(hybridConnection)}`
  const { userMetadata, requiresClientAuthorization } = await admin.get<HybridConnectionRow>(path)
  return admin.put<HybridConnectionRow>(path, {
    requiresClientAuthorization,
    userMetadata: withEndpoint(userMetadata, formatHostPort(endpoint)),
  })
}

/** Metadata that cannot be read gives way to one that can. */
function withEndpoint(userMetadata: string | null, endpoint: string): string {
  const fresh = formatUserMetadata({ endpoint })
  let entries: unknown
  try {
    entries = JSON.parse(userMetadata ?? '')
  } catch {
    return fresh
  }
  if (!Array.isArray(entries)) return fresh
  const others = entries.filter(
    (entry) =>
      isObject(entry) &&
      typeof entry['key'] === 'string' &&
      entry['key'].toLowerCase() !== 'endpoint',
  )
  return JSON.stringify([{ key: 'endpoint', value: endpoint }, ...others])
}

/** The apps that had it attached, by name. */
async function changeApps(
  admin: AdminClient,
  { namespace, name }: HybridConnectionRow,
  { host, port }: Endpoint,
): Promise<readonly string[]> {
  const { items } = await admin.get<Page<AppRow>>('/apps?limit=10000')
  const users = items.filter((app) =>
    app.hybridConnections.some((each) => each.namespace === namespace && each.name === name),
  )
  for (const { app, slot } of users) {
    const query = slot === null ? '' : `?slot=${encodeURIComponent(slot)}`
    const path = `/apps/${segment(app)}/hybridConnections/${segment(namespace)}/${segment(name)}`
    await admin.put(`${path}${query}`, { host, port })
  }
  return users.map(({ app, slot }) => (slot === null ? app : `${app}/${slot}`))
}

/** Undefined where no agent of this user runs here, or it does not serve the hybrid connection. */
async function restartAgent(
  { namespace, name }: HybridConnectionRow,
  flags: ChangeEndpointFlags,
  io: CliIo,
): Promise<ConnectionRow | undefined> {
  let daemon: ControlClient
  let items: readonly ConnectionRow[]
  try {
    daemon = await daemonOf(flags, io)
    items = (await daemon.get<{ items: readonly ConnectionRow[] }>('/connections')).items
  } catch (error) {
    const isAbsent = error instanceof CliError && error.exitCode === EXIT.unreachable
    if (isAbsent && flags.stateDir === undefined) return undefined
    throw error
  }
  const served = items.find((each) => isSame(each.namespace, namespace) && isSame(each.name, name))
  return served && daemon.post<ConnectionRow>(`${connectionPath(served)}/restart`)
}

async function listenersOf(
  admin: AdminClient,
  { namespace, name }: HybridConnectionRow,
): Promise<number> {
  const { items } = await admin.get<Page<ListenerRow>>('/listeners?limit=10000')
  return items.filter(
    (each) => each.ended === null && each.namespace === namespace && each.hybridConnection === name,
  ).length
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
