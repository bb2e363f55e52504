import { useEffect, useMemo, useState } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { ExportButton } from '../../../../../console/ui/export-button.tsx'
import { Facts } from '../../../../../console/ui/facts.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { Panel } from '../../../../../console/ui/panel.tsx'
import { PauseButton } from '../../../../../console/ui/pause-button.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { Time } from '../../../../../console/ui/time.tsx'
import type { PageProps } from '../../page.ts'
import { overviewOf } from '../../rows.ts'
import { selectionOf } from '../../selection.ts'
import { EVENT_COLUMNS, type EventRow, TONES } from './event-columns.tsx'
import { mergeEvents } from './merge-events.ts'

/** Facts of the relay, newest first. Source: dashboard 2.7. */
export function EventsList({ feed, location, api }: PageProps) {
  const [earlier, setEarlier] = useState<readonly EventRow[]>([])
  const [failure, setFailure] = useState<Error | null>(null)
  const selection = selectionOf(location)
  const view = feed.topic('events').value
  const epoch = overviewOf(feed.topic('overview').value)?.epoch
  useEffect(() => setEarlier([]), [epoch])
  // The feed leaves out what is too much for one message; the API has it.
  useEffect(() => {
    if (view.skipped === 0) return undefined
    let isCurrent = true
    const timer = setTimeout(() => {
      api.get<{ items: EventRow[] }>('/events?limit=10000').then(
        ({ items }) => {
          if (isCurrent) setEarlier(items)
        },
        (error: Error) => {
          if (isCurrent) setFailure(error)
        },
      )
    }, FETCH_AFTER_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [api, epoch, view.skipped])
  const rows = useMemo(
    () => mergeEvents(earlier, view.rows as unknown as readonly EventRow[]),
    [earlier, view],
  )
  const selected = rows.find(({ n }) => String(n) === selection.id)
  return (
    <div class={selection.id === null ? '' : 'columns'}>
      <ListView
        label="Events"
        view={{ ...view, rows, total: rows.length }}
        location={location}
        rows={rows}
        columns={EVENT_COLUMNS}
        rowId={({ n }) => String(n)}
        rowName={({ type, n }) => `${type} ${n}`}
        selected={selection.id}
        onOpen={({ n }) => selection.open(String(n))}
        empty={
          <>
            <p>Nothing has happened yet. Follow the same events in a terminal:</p>
            <p>
              <Command text="relay-emulator tail" />
            </p>
          </>
        }
        tools={
          <>
            <span class="spread" />
            <ExportButton
              label="Download JSONL"
              file="events.jsonl"
              rows={rows}
              location={location}
              lines={oldestFirst}
            />
            <PauseButton feed={feed} />
            <Failure failure={failure} />
          </>
        }
      />
      {selection.id !== null && (
        <EventPanel id={selection.id} row={selected} onClose={selection.close} />
      )}
    </div>
  )
}

/** In a burst of events the API is asked once, ms. */
const FETCH_AFTER_MS = 250

function EventPanel({
  id,
  row,
  onClose,
}: {
  readonly id: string
  readonly row: EventRow | undefined
  readonly onClose: () => void
}) {
  return (
    <Panel title={row ? `${row.type} ${id}` : `Event ${id}`} onClose={onClose}>
      {row ? (
        <>
          <p>{row.message}</p>
          <Facts
            facts={[
              ['Level', <StateIcon tone={TONES[row.level]} word={row.level} />],
              ['Time', <Time at={row.at} />],
              ['Operation', row.operation],
              ['Namespace', row.namespace],
              ['Hybrid connection', row.hybridConnection],
              ['Who', row.who],
              ['Code', row.code && <code>{row.code}</code>],
              ['Tracking id', row.trackingId && <code>{row.trackingId}</code>],
            ]}
          />
        </>
      ) : (
        <p class="note">This event is not kept any more.</p>
      )}
    </Panel>
  )
}

/** The feed's own key is no part of an event. */
function oldestFirst(rows: readonly EventRow[]): readonly object[] {
  return rows.toReversed().map(({ id: _id, ...event }) => event)
}
