import { isLost } from '../../../../../console/ui/feed.ts'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { ExportButton } from '../../../../../console/ui/export-button.tsx'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import type { MenuItem } from '../../../../../console/ui/menu.tsx'
import { PauseButton } from '../../../../../console/ui/pause-button.tsx'
import { useClock } from '../../../../../console/ui/clock.tsx'
import type { ConnectionRow } from '../../../contract.ts'
import { connectionsOf } from '../../rows.ts'
import { type ScopedProps, within } from '../../scope.ts'
import { selectionOf } from '../../selection.ts'
import { CloseDialog } from './close-dialog.tsx'
import { connectionColumns } from './connection-columns.tsx'
import { filterColumns, inOrder, isLive } from './connection-facts.ts'
import { ConnectionPanel } from './connection-panel.tsx'

/** Senders' connections; `of` narrows it to one hybrid connection. Source: dashboard 2.4. */
export function ConnectionsList(props: ScopedProps) {
  const { feed, location, announcer, api, of } = props
  const clock = useClock()
  const [closing, setClosing] = useState<ConnectionRow | null>(null)
  const selection = selectionOf(location)
  const view = feed.topic('connections').value
  const rows = useMemo(
    () => inOrder(within(connectionsOf(view), of)),
    [view, of?.namespace, of?.hybridConnection],
  )
  const columns = useMemo(() => connectionColumns(clock), [clock])
  const live = useMemo(() => rows.filter(isLive).length, [rows])
  const isStale = isLost(feed)
  useEffect(() => announcer.sumUp(`${live} connections are live`), [announcer, live])
  const refusal = (row: ConnectionRow): string | undefined =>
    isStale ? 'The feed is lost.' : isLive(row) ? undefined : 'It has ended.'
  const menu = (row: ConnectionRow): readonly MenuItem[] => {
    const disabledBecause = refusal(row)
    return [
      { label: 'Details', run: () => selection.open(row.id) },
      {
        label: 'Close...',
        run: () => setClosing(row),
        ...(disabledBecause !== undefined && { disabledBecause }),
      },
    ]
  }
  return (
    <div class={selection.id === null ? '' : 'columns'}>
      <ListView
        label="Connections"
        view={of ? { ...view, rows, total: rows.length } : view}
        location={location}
        rows={rows}
        filterBy={filterColumns}
        columns={columns}
        rowId={({ id }) => id}
        rowName={({ id }) => id}
        selected={selection.id}
        onOpen={({ id }) => selection.open(id)}
        menu={menu}
        empty={<NothingConnected />}
        tools={
          <>
            <span class="note">
              {live.toLocaleString('en')} live, {(rows.length - live).toLocaleString('en')} kept
            </span>
            <span class="spread" />
            <ExportButton
              file="connections.jsonl"
              rows={rows}
              location={location}
              filterBy={filterColumns}
            />
            <PauseButton feed={feed} />
          </>
        }
      />
      {selection.id !== null && (
        <ConnectionPanel
          key={selection.id}
          id={selection.id}
          row={rows.find(({ id }) => id === selection.id)}
          refusal={refusal}
          onEnd={setClosing}
          onClose={selection.close}
        />
      )}
      {closing && (
        <CloseDialog
          api={api}
          row={closing}
          onClosed={() => announcer.say(`${closing.id} is closed.`)}
          onClose={() => setClosing(null)}
        />
      )}
    </div>
  )
}

function NothingConnected() {
  return (
    <>
      <p>No sender has connected yet. Make a connection:</p>
      <p>
        <Command text={'relay-emulator app forward --connect "CONNECTION-STRING"'} />
      </p>
    </>
  )
}
