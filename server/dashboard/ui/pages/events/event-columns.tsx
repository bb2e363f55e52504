import { UNKNOWN } from '../../../../../console/ui/format.ts'
import { StateIcon, type Tone } from '../../../../../console/ui/state-icon.tsx'
import { Time } from '../../../../../console/ui/time.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'

/** An event as the API tells it; the feed adds a key. */
export type EventRow = {
  readonly n: number
  readonly at: string
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  readonly type: string
  readonly operation: string | null
  readonly namespace: string | null
  readonly hybridConnection: string | null
  readonly who: string | null
  readonly code: string | null
  readonly message: string
  readonly trackingId: string | null
  readonly id?: string
}

export const TONES: Readonly<Record<EventRow['level'], Tone>> = {
  debug: 'calm',
  info: 'calm',
  warning: 'warning',
  error: 'bad',
}

/** Source: dashboard 2.7. */
export const EVENT_COLUMNS: readonly Column<EventRow>[] = [
  {
    key: 'at',
    head: 'Time',
    width: 120,
    cell: ({ at }) => <Time at={at} />,
    sortBy: ({ n }) => n,
    isNumber: true,
  },
  {
    key: 'level',
    head: 'Level',
    width: 100,
    cell: ({ level }) => <StateIcon tone={TONES[level]} word={level} />,
    sortBy: ({ level }) => level,
  },
  text('type', 'Type', 170),
  text('operation', 'Operation', 190),
  text('namespace', 'Namespace', 110),
  text('hybridConnection', 'Hybrid connection', 140),
  text('who', 'Who', 150),
  text('message', 'Message', 320),
  text('trackingId', 'Tracking id', 180),
]

function text(
  key: 'type' | 'operation' | 'namespace' | 'hybridConnection' | 'who' | 'message' | 'trackingId',
  head: string,
  width: number,
): Column<EventRow> {
  return {
    key,
    head,
    width,
    cell: (row) => <span title={row[key] ?? ''}>{row[key] ?? UNKNOWN}</span>,
    sortBy: (row) => row[key],
  }
}
