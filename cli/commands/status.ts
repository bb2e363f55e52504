import type { ConnectionRow, ListenerRow } from '../../server/dashboard/contract.ts'
import { adminClient } from '../admin-client.ts'
import type { AdminFlags, Page } from '../admin-client.ts'
import { EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { formatTable } from '../../console/table.ts'
import { formatTimeSpan } from '../time-span.ts'

export type StatusFlags = AdminFlags & { readonly output: 'table' | 'json' }

/** The members of `/api/v1/overview` that are shown (dashboard 4). */
export type Overview = {
  readonly version: string
  readonly startedAt: string
  readonly state: string
  readonly profile: string
  readonly seed: number
  readonly urls: { readonly relay: string; readonly plain?: string | null; readonly admin?: string }
}

/** Prints what a running emulator is and what is connected to it. */
export async function status(flags: StatusFlags, io: CliIo, nowMs = Date.now()): Promise<number> {
  const admin = adminClient(flags, io.env)
  const [overview, listeners, connections] = await Promise.all([
    admin.get<Overview>('/overview'),
    admin.get<Page<ListenerRow>>('/listeners?limit=10000'),
    admin.get<Page<ConnectionRow>>('/connections?limit=10000'),
  ])
  const live = {
    listeners: listeners.items.filter((row) => row.ended === null),
    connections: connections.items.filter((row) => row.endedMs === null),
  }
  io.stdout.write(
    flags.output === 'json'
      ? `${JSON.stringify({ overview, ...live }, null, 2)}\n`
      : formatStatus(overview, live.listeners, live.connections, nowMs),
  )
  return EXIT.fine
}

/** The same for people. */
function formatStatus(
  overview: Overview,
  listeners: readonly ListenerRow[],
  connections: readonly ConnectionRow[],
  nowMs: number,
): string {
  const age = formatTimeSpan(Date.parse(overview.startedAt) - nowMs)
  const plain = overview.urls.plain ? `, in clear text ${overview.urls.plain}` : ''
  return [
    `relay-emulator ${overview.version}, ${overview.state}, started ${age}\n`,
    `relay ${overview.urls.relay}${plain}, seed ${overview.seed}, profile ${overview.profile}\n\n`,
    section('listener', listeners.length),
    listeners.length > 0 ? formatTable(LISTENER_COLUMNS, listeners) : '',
    '\n',
    section('connection', connections.length),
    connections.length > 0 ? formatTable(CONNECTION_COLUMNS, connections) : '',
  ].join('')
}

function section(word: string, count: number): string {
  return `${count} ${word}${count === 1 ? '' : 's'}\n`
}

const LISTENER_COLUMNS = [
  { title: 'id', of: (row: ListenerRow) => row.id },
  {
    title: 'hybrid connection',
    of: (row: ListenerRow) => `${row.namespace}/${row.hybridConnection}`,
  },
  { title: 'remote', of: (row: ListenerRow) => row.remote },
  { title: 'rule', of: (row: ListenerRow) => row.rule },
  { title: 'since', of: (row: ListenerRow) => row.since },
  { title: 'token until', of: (row: ListenerRow) => row.tokenExpiresAt },
  { title: 'offered', of: (row: ListenerRow) => row.offered },
  { title: 'accepted', of: (row: ListenerRow) => row.accepted },
]

const CONNECTION_COLUMNS = [
  { title: 'id', of: (row: ConnectionRow) => row.id },
  {
    title: 'hybrid connection',
    of: (row: ConnectionRow) => `${row.namespace}/${row.hybridConnection}`,
  },
  { title: 'phase', of: (row: ConnectionRow) => row.phase },
  { title: 'sender', of: (row: ConnectionRow) => row.sender.remote },
  { title: 'listener', of: (row: ConnectionRow) => row.listener?.id ?? null },
  { title: 'since', of: (row: ConnectionRow) => row.startedAt },
  { title: 'to listener', of: (row: ConnectionRow) => row.bytesToListener },
  { title: 'to sender', of: (row: ConnectionRow) => row.bytesToSender },
]
