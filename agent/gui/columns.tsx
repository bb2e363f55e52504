import { UNKNOWN } from '../../console/ui/format.ts'
import { StateIcon } from '../../console/ui/state-icon.tsx'
import { useNow } from '../../console/ui/clock.tsx'
import type { Column } from '../../console/ui/virtual-table.tsx'
import type { ConnectionRow } from '../contract.ts'
import type { Row } from './page.ts'

/** Columns of the table. Source: dashboard 5. */
export const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', head: 'Name', width: 180, cell: ({ name }) => name, sortBy: ({ name }) => name },
  {
    key: 'status',
    head: 'Status',
    width: 150,
    cell: (row) => <Status row={row} />,
    sortBy: ({ status }) => status,
  },
  {
    key: 'namespace',
    head: 'Namespace',
    width: 160,
    cell: ({ namespace }) => namespace,
    sortBy: ({ namespace }) => namespace,
  },
  {
    key: 'endpoint',
    head: 'Endpoint',
    width: 220,
    cell: ({ endpoint }) => endpoint || UNKNOWN,
    sortBy: ({ endpoint }) => endpoint || null,
  },
]

const TONES = { Connected: 'good', 'Not connected': 'bad', NotFound: 'warning' } as const

/** Why it is not connected, and when it is tried again, on hover. */
export function Status({ row }: { readonly row: ConnectionRow }) {
  const { status } = row
  if (row.lastError === null && row.nextAttemptAt === null) {
    return <StateIcon tone={TONES[status]} word={status} />
  }
  return (
    <Explained row={row}>
      <StateIcon tone={TONES[status]} word={status} />
    </Explained>
  )
}

function Explained({ row, children }: { readonly row: ConnectionRow; readonly children: object }) {
  const nowMs = useNow()
  return <span title={troubleOf(row, nowMs)}>{children as never}</span>
}

/** `nobody answers; next attempt in 5 s`. */
export function troubleOf({ lastError, nextAttemptAt }: ConnectionRow, nowMs: number): string {
  const waitMs = nextAttemptAt === null ? null : Date.parse(nextAttemptAt) - nowMs
  const next =
    waitMs === null
      ? null
      : waitMs > 0
        ? `next attempt in ${Math.ceil(waitMs / 1_000)} s`
        : 'it is being tried'
  return [lastError, next].filter((part) => part !== null).join('; ')
}
