import { type Clock, Clocked } from '../../../../../console/ui/clock.tsx'
import {
  formatAge,
  formatCountdown,
  formatDuration,
  UNKNOWN,
} from '../../../../../console/ui/format.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { ListenerRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'
import { endText, shareOf } from './listener-facts.ts'

/** Source: dashboard 2.3. Ages and countdowns are those of `clock`. */
export function listenerColumns(clock: Clock): readonly Column<ListenerRow>[] {
  return [
    {
      key: 'label',
      head: 'Listener',
      width: 136,
      cell: (row) =>
        row.ended ? (
          <StateIcon tone="calm" word={row.label} />
        ) : (
          <StateIcon tone="good" word={row.label} />
        ),
      sortBy: (row) => row.label,
    },
    {
      key: 'trackingId',
      head: 'Tracking id',
      width: 94,
      cell: (row) => <span title={row.trackingId}>{row.trackingId}</span>,
      sortBy: (row) => row.trackingId,
    },
    {
      key: 'hybridConnection',
      head: 'Hybrid connection',
      width: 144,
      cell: entityPath,
      sortBy: entityPath,
    },
    {
      key: 'remote',
      head: 'Remote',
      width: 138,
      cell: (row) => row.remote,
      sortBy: (row) => row.remote,
    },
    {
      key: 'userAgent',
      head: 'User agent',
      width: 110,
      cell: (row) => <span title={row.userAgent ?? ''}>{row.userAgent ?? UNKNOWN}</span>,
      sortBy: (row) => row.userAgent,
    },
    {
      key: 'since',
      head: 'Since',
      width: 60,
      cell: (row) => (
        <span title={row.since}>
          <Clocked clock={clock}>{(nowMs) => formatAge(nowMs - Date.parse(row.since))}</Clocked>
        </span>
      ),
      sortBy: (row) => row.since,
    },
    {
      key: 'tokenExpiresAt',
      head: 'Token ends',
      width: 122,
      cell: (row) => (
        <Clocked clock={clock}>{(nowMs) => <TokenEnd row={row} nowMs={nowMs} />}</Clocked>
      ),
      sortBy: (row) => row.tokenExpiresAt,
    },
    {
      key: 'ping',
      head: 'Last ping',
      width: 112,
      cell: (row) => (
        <Clocked clock={clock}>{(nowMs) => <LastPing row={row} nowMs={nowMs} />}</Clocked>
      ),
      sortBy: (row) => row.pingMs,
    },
    {
      key: 'accepted',
      head: 'Accepts',
      width: 96,
      cell: (row) => (
        <span title={`${row.rejected} rejected, ${row.timedOut} timed out`}>
          {row.accepted.toLocaleString('en')} / {row.offered.toLocaleString('en')}
        </span>
      ),
      sortBy: (row) => row.accepted,
      isNumber: true,
    },
    {
      key: 'share',
      head: 'Share / expected',
      width: 180,
      cell: (row) => <Share row={row} />,
      sortBy: (row) => shareOf(row)?.share ?? null,
      isNumber: true,
    },
  ]
}

/** When so little of a token's life is left it is said in amber, and in red, ms. */
const AMBER_MS = 5 * 60_000
const RED_MS = 60_000

/** How long its token lasts; for one that has ended, the close that followed. */
export function TokenEnd({ row, nowMs }: { readonly row: ListenerRow; readonly nowMs: number }) {
  if (row.ended) {
    const { code } = row.ended
    return <span title={endText(row.ended)}>{code === null ? 'cut' : `Close ${code}`}</span>
  }
  const leftMs = Date.parse(row.tokenExpiresAt) - nowMs
  const left = formatCountdown(leftMs)
  const title = `rule ${row.rule}, renewed ${row.renewals} times`
  if (left !== null && leftMs >= AMBER_MS) return <span title={title}>in {left}</span>
  const word = left === null ? 'expired, Close 1008 follows' : `in ${left}`
  return (
    <span title={title}>
      <StateIcon tone={leftMs < RED_MS ? 'bad' : 'warning'} word={word} />
    </span>
  )
}

export function LastPing({ row, nowMs }: { readonly row: ListenerRow; readonly nowMs: number }) {
  // One ping is always under way for a moment; what it says then is no news.
  if (row.missedPongs > 1 && !row.ended) {
    return <StateIcon tone="bad" word={`${row.missedPongs} missed`} />
  }
  if (row.lastPongAt === null) return <>{UNKNOWN}</>
  const age = formatAge(nowMs - Date.parse(row.lastPongAt))
  return (
    <span title={row.lastPongAt}>
      {age}, {formatDuration(row.pingMs)}
    </span>
  )
}

/** The part of the offers that it got, and a mark where it was to be expected. */
export function Share({ row }: { readonly row: ListenerRow }) {
  const found = shareOf(row)
  if (!found) return <>{UNKNOWN}</>
  const { share, expected } = found
  return (
    <span
      class="share"
      title={`${row.offered} of ${row.offers} offers, ${row.expected.toFixed(1)} expected`}
    >
      <span>{share.toFixed(0)} %</span>
      <span class="track" aria-hidden="true">
        <span style={{ width: `${share}%` }} />
        <span class="mark" style={{ left: `${Math.min(expected, 97)}%` }} />
      </span>
      <span>{expected.toFixed(0)} %</span>
    </span>
  )
}
