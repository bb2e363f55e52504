import { type Clock, Clocked } from '../../../../../console/ui/clock.tsx'
import { formatBytes, formatDuration, UNKNOWN } from '../../../../../console/ui/format.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { Time } from '../../../../../console/ui/time.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { ExchangeRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'
import { toneOf, VIA, waitLeftMs } from './request-facts.ts'

/** Source: dashboard 2.5. Countdowns are those of `clock`. */
export function requestColumns(clock: Clock): readonly Column<ExchangeRow>[] {
  return [
    {
      key: 'startedAt',
      head: 'Time',
      width: 120,
      cell: ({ startedAt }) => <Time at={startedAt} />,
      sortBy: ({ startedAt }) => startedAt,
      isNumber: true,
    },
    {
      key: 'method',
      head: 'Method',
      width: 80,
      cell: ({ method }) => method,
      sortBy: ({ method }) => method,
    },
    {
      key: 'hybridConnection',
      head: 'Hybrid connection',
      width: 150,
      cell: entityPath,
      sortBy: entityPath,
    },
    {
      key: 'target',
      head: 'Target',
      width: 220,
      cell: ({ target }) => <span title={target}>{target}</span>,
      sortBy: ({ target }) => target,
    },
    {
      key: 'status',
      head: 'Status',
      width: 90,
      cell: (row) => <Status row={row} />,
      sortBy: ({ status }) => status,
      isNumber: true,
    },
    {
      key: 'duration',
      head: 'Duration',
      width: 110,
      cell: (row) => <Clocked clock={clock}>{(nowMs) => durationOf(row, nowMs)}</Clocked>,
      sortBy: ({ endMs }) => endMs,
      isNumber: true,
    },
    {
      key: 'requestBytes',
      head: 'Request',
      width: 100,
      cell: ({ requestBytes }) => formatBytes(requestBytes),
      sortBy: ({ requestBytes }) => requestBytes,
      isNumber: true,
    },
    {
      key: 'responseBytes',
      head: 'Response',
      width: 100,
      cell: ({ responseBytes }) => formatBytes(responseBytes),
      sortBy: ({ responseBytes }) => responseBytes,
      isNumber: true,
    },
    {
      key: 'sender',
      head: 'Sender',
      width: 120,
      cell: ({ sender }) => <span title={sender.remote}>{sender.label}</span>,
      sortBy: ({ sender }) => sender.label,
    },
    {
      key: 'listener',
      head: 'Listener',
      width: 120,
      cell: ({ listener }) => listener?.label ?? UNKNOWN,
      sortBy: ({ listener }) => listener?.label ?? null,
    },
    {
      key: 'via',
      head: 'Via',
      width: 120,
      cell: ({ via }) => (via === null ? UNKNOWN : VIA[via]),
      sortBy: ({ via }) => via,
    },
  ]
}

export function Status({ row }: { readonly row: ExchangeRow }) {
  const word = row.status === null ? (row.endMs === null ? 'waiting' : 'none') : String(row.status)
  return <StateIcon tone={toneOf(row)} word={word} />
}

function durationOf(row: ExchangeRow, nowMs: number): string {
  const leftMs = waitLeftMs(row, nowMs)
  return leftMs === null ? formatDuration(row.endMs) : `${Math.ceil(leftMs / 1_000)} s left`
}
