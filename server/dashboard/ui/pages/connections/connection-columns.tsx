import { type Clock, Clocked } from '../../../../../console/ui/clock.tsx'
import {
  formatBytes,
  formatDuration,
  formatRate,
  UNKNOWN,
} from '../../../../../console/ui/format.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { Time } from '../../../../../console/ui/time.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { ConnectionRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'
import { codeText, isLive, lifeMs, TONES } from './connection-facts.ts'

/** Source: dashboard 2.4. Lives are those of `clock`. */
export function connectionColumns(clock: Clock): readonly Column<ConnectionRow>[] {
  return [
    {
      key: 'id',
      head: '#',
      width: 76,
      cell: (row) => row.id,
      sortBy: (row) => Number(row.id.slice(2)),
    },
    {
      key: 'hybridConnection',
      head: 'Hybrid conn.',
      width: 124,
      cell: entityPath,
      sortBy: entityPath,
    },
    {
      key: 'sender',
      head: 'Sender',
      width: 150,
      cell: ({ sender }) => (
        <span title={sender.remote}>{`${sender.label} (${portOf(sender.remote)})`}</span>
      ),
      sortBy: ({ sender }) => `${sender.label} ${sender.remote}`,
    },
    {
      key: 'listener',
      head: 'Listener',
      width: 104,
      cell: ({ listener }) => listener?.label ?? UNKNOWN,
      sortBy: ({ listener }) => listener?.label ?? null,
    },
    {
      key: 'phase',
      head: 'Phase',
      width: 124,
      cell: ({ phase }) => <StateIcon tone={TONES[phase]} word={phase} />,
      sortBy: ({ phase }) => phase,
    },
    {
      key: 'startedAt',
      head: 'Started',
      width: 118,
      cell: ({ startedAt }) => <Time at={startedAt} />,
      sortBy: ({ startedAt }) => startedAt,
      isNumber: true,
    },
    since('acceptSentMs', 'accept sent', 104),
    since('acceptedMs', 'accepted', 104),
    since('openMs', 'open', 104),
    {
      key: 'life',
      head: 'Life',
      width: 90,
      cell: (row) => (
        <Clocked clock={clock}>{(nowMs) => formatDuration(lifeMs(row, nowMs))}</Clocked>
      ),
      sortBy: (row) => lifeMs(row, clock.peek()),
      isNumber: true,
    },
    moved('bytesToListener', 'rateToListener', 'To listener'),
    moved('bytesToSender', 'rateToSender', 'To sender'),
    {
      key: 'closedBy',
      head: 'Closed by',
      width: 90,
      cell: ({ closedBy }) => closedBy ?? UNKNOWN,
      sortBy: ({ closedBy }) => closedBy,
    },
    {
      key: 'code',
      head: 'Code',
      width: 160,
      cell: (row) => <span title={row.reason ?? ''}>{codeText(row) ?? UNKNOWN}</span>,
      sortBy: ({ code }) => code,
    },
  ]
}

function since(
  key: 'acceptSentMs' | 'acceptedMs' | 'openMs',
  head: string,
  width: number,
): Column<ConnectionRow> {
  return {
    key,
    head,
    width,
    cell: (row) => (row[key] === null ? UNKNOWN : `+${formatDuration(row[key])}`),
    sortBy: (row) => row[key],
    isNumber: true,
  }
}

function moved(
  key: 'bytesToListener' | 'bytesToSender',
  rate: 'rateToListener' | 'rateToSender',
  head: string,
): Column<ConnectionRow> {
  return {
    key,
    head,
    width: 150,
    cell: (row) =>
      isLive(row) ? `${formatBytes(row[key])}  ${formatRate(row[rate])}` : formatBytes(row[key]),
    sortBy: (row) => row[key],
    isNumber: true,
  }
}

function portOf(remote: string): string {
  return remote.slice(remote.lastIndexOf(':') + 1)
}
