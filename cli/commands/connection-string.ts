import path from 'node:path'
import type { Namespace } from '../../protocol/entity.ts'
import { openFileStore } from '../../server/namespace/file-store.ts'
import { MemoryStore } from '../../server/namespace/memory-store.ts'
import { adminClient, isRunning } from '../admin-client.ts'
import type { AdminFlags } from '../admin-client.ts'
import { connectionStringRows } from '../connection-string-rows.ts'
import type { ConnectionStringRow, RowQuery } from '../connection-string-rows.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'
import { readRunningEmulator } from '../running-emulator.ts'
import { formatTable } from '../../console/table.ts'

export type ConnectionStringFlags = AdminFlags & {
  readonly rule?: string | undefined
  readonly config?: string | undefined
  readonly dataDir?: string | undefined
  readonly output: 'table' | 'json'
}

/** Where namespaces and keys came from. `port` is null when the relay's port is only known once it runs. */
type Source = {
  readonly namespaces: readonly Namespace[]
  readonly port: number | null
  readonly unknownKeys: ReadonlySet<string>
}

/**
 * `connection-string`: prints those of the running emulator, else those that configuration and data folder give.
 * Throws 3 where these cannot give the key, 1 when nothing has the names asked for.
 */
export async function connectionString(
  asked: string | undefined,
  flags: ConnectionStringFlags,
  io: CliIo,
): Promise<number> {
  const query = { ...readPath(asked), rule: flags.rule }
  const source = await findSource(flags, io)
  const rows = connectionStringRows(source.namespaces, source.port, query)
  if (rows.length === 0) throw notFound(query, source.namespaces)
  if (rows.some((row) => hasUnknownKey(row, source.unknownKeys)))
    throw new CliError(
      EXIT.unreachable,
      'no emulator is running, and with --random-keys only a running one knows the keys',
      'relay-emulator start',
    )
  io.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : formatTable(COLUMNS, rows),
  )
  if (source.port === null)
    io.stderr.write('The port is picked at start (port: 0), so only the Azure names are shown.\n')
  return EXIT.fine
}

const COLUMNS = [
  { title: 'namespace', of: (row: ConnectionStringRow) => row.namespace },
  { title: 'hybrid connection', of: (row: ConnectionStringRow) => row.hybridConnection },
  { title: 'rule', of: (row: ConnectionStringRow) => row.rule },
  { title: 'rights', of: (row: ConnectionStringRow) => row.rights.join(',') },
  { title: 'host', of: (row: ConnectionStringRow) => row.host },
  { title: 'connection string', of: (row: ConnectionStringRow) => row.connectionString },
]

/** `NAMESPACE`, or `NAMESPACE/HYBRID-CONNECTION`, whose name may hold further slashes. */
function readPath(asked: string | undefined): RowQuery {
  const [, namespace, hybridConnection] = /^([^/]+)(?:\/(.+))?$/.exec(asked ?? '') ?? []
  if (asked !== undefined && namespace === undefined)
    throw new CliError(EXIT.usage, `"${asked}" is not NAMESPACE or NAMESPACE/HYBRID-CONNECTION`)
  return { namespace, hybridConnection }
}

/**
 * A named configuration or data folder is read even while some emulator runs, unless `--admin` names that one;
 * when that one does not run they are what is left.
 */
async function findSource(flags: ConnectionStringFlags, io: CliIo): Promise<Source> {
  const admin = adminClient(flags, io.env)
  const isFileNamed = flags.config !== undefined || flags.dataDir !== undefined
  const isAdminNamed = flags.admin !== undefined
  // Exactly one is named: it is the one that is meant, and tells itself when it cannot answer.
  const isAsked = isFileNamed === isAdminNamed ? await isRunning(admin) : isAdminNamed
  if (isAsked) {
    const { namespaces, relay } = await readRunningEmulator(admin)
    return { namespaces, port: relay.port, unknownKeys: new Set() }
  }
  const { options, namespaces, unknownKeys } = await localSettings(
    { config: flags.config, dataDir: flags.dataDir },
    io,
  )
  const port = options.port === 0 ? null : options.port
  if (options.inMemory) return { namespaces, port, unknownKeys }
  return { namespaces: await withRuntimeEntities(namespaces, options.dataDir), port, unknownKeys }
}

async function withRuntimeEntities(
  namespaces: readonly Namespace[],
  dataDir: string,
): Promise<readonly Namespace[]> {
  const store = new MemoryStore()
  store.replaceFileEntities(namespaces)
  const file = path.join(dataDir, 'entities.json')
  const opened = await openFileStore({ file, store, onError: () => undefined })
  await opened.close()
  return store.list()
}

function hasUnknownKey(row: ConnectionStringRow, unknownKeys: ReadonlySet<string>): boolean {
  return [...unknownKeys].some((key) => row.connectionString.includes(`SharedAccessKey=${key}`))
}

function notFound(
  { namespace, hybridConnection, rule }: RowQuery,
  namespaces: readonly Namespace[],
): CliError {
  const place = [namespace, hybridConnection].filter(Boolean).join('/')
  const what =
    rule === undefined
      ? `there is no ${place}`
      : `there is no rule ${rule}${place && ` for ${place}`}`
  const known = namespaces.flatMap(({ name, hybridConnections }) =>
    hybridConnections.length > 0
      ? hybridConnections.map((entity) => `${name}/${entity.name}`)
      : [name],
  )
  const next = `relay-emulator connection-string${known.length > 0 ? `; known are ${known.join(', ')}` : ''}`
  return new CliError(EXIT.failed, what, next)
}
