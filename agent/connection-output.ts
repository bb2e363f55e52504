import type { ConnectionRow } from './contract.ts'
import { formatTable, plainText } from '../console/table.ts'

export type OutputFormat = 'json' | 'table'

/** A hybrid connection as scripts read it (product 5); `Note` is there only when there is something to say. */
export function connectionObject(
  row: ConnectionRow,
): Readonly<Record<string, string | number | null>> {
  const note = noteOf(row)
  return {
    Namespace: row.namespace,
    Name: row.name,
    Endpoint: row.endpoint,
    Status: row.status,
    NumberOfListeners: row.numberOfListeners,
    ServiceBusEndpoint: row.serviceBusEndpoint,
    CreatedOn: row.createdOn,
    LastUpdated: row.lastUpdated,
    ...(note !== null && { Note: note }),
  }
}

/** One hybrid connection, member by member, or as JSON. */
export function formatConnection(row: ConnectionRow, format: OutputFormat): string {
  const object = connectionObject(row)
  if (format === 'json') return `${JSON.stringify(object, null, 2)}\n`
  return Object.entries(object)
    .map(([name, value]) => `${name.padEnd(20)}${plainText(String(value ?? '-')) || '-'}\n`)
    .join('')
}

/** All of them. */
export function formatConnections(rows: readonly ConnectionRow[], format: OutputFormat): string {
  return format === 'json'
    ? `${JSON.stringify(rows.map(connectionObject), null, 2)}\n`
    : connectionTable(rows)
}

/** A table for people; what is wrong stands in the last column. */
function connectionTable(rows: readonly ConnectionRow[]): string {
  return formatTable<ConnectionRow>(
    [
      { title: 'namespace', of: ({ namespace }) => namespace },
      { title: 'name', of: ({ name }) => name },
      { title: 'status', of: ({ status }) => status },
      { title: 'endpoint', of: ({ endpoint }) => endpoint },
      { title: 'listeners', of: ({ numberOfListeners }) => numberOfListeners },
      { title: 'note', of: noteOf },
    ],
    rows,
  )
}

function noteOf({ lastError, note }: ConnectionRow): string | null {
  return [lastError, note].filter((text) => text !== null).join('; ') || null
}
