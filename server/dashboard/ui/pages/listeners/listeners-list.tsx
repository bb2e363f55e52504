import { isLost } from '../../../../../console/ui/feed.ts'
import { useMemo, useState } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import type { MenuItem } from '../../../../../console/ui/menu.tsx'
import { useClock } from '../../../../../console/ui/clock.tsx'
import type { ListenerRow } from '../../../contract.ts'
import { listenersOf } from '../../rows.ts'
import { type ScopedProps, within } from '../../scope.ts'
import { selectionOf } from '../../selection.ts'
import { DropDialog } from './drop-dialog.tsx'
import { listenerColumns } from './listener-columns.tsx'
import { ListenerPanel } from './listener-panel.tsx'

/** Listeners and what is known of them; `of` narrows it to one hybrid connection. Source: dashboard 2.3. */
export function ListenersList(props: ScopedProps) {
  const { feed, location, announcer, api, of } = props
  const clock = useClock()
  const [dropping, setDropping] = useState<ListenerRow | null>(null)
  const selection = selectionOf(location)
  const view = feed.topic('listeners').value
  const known = useMemo(
    () => within(listenersOf(view), of),
    [view, of?.namespace, of?.hybridConnection],
  )
  const hasEnded = location.route.value.query['ended'] !== 'hide'
  const live = useMemo(() => known.filter(({ ended }) => ended === null), [known])
  const rows = hasEnded ? known : live
  const columns = useMemo(() => listenerColumns(clock), [clock])
  const selected = known.find(({ id }) => id === selection.id)
  const isStale = isLost(feed)
  const connectionsOf = ({ id }: ListenerRow) =>
    location.go(['connections'], { q: `listener.id:${id}` })
  const menu = (row: ListenerRow): readonly MenuItem[] => [
    { label: 'Details', run: () => selection.open(row.id) },
    { label: 'Connections of it', run: () => connectionsOf(row) },
    {
      label: 'Drop...',
      run: () => setDropping(row),
      ...(row.ended !== null && { disabledBecause: 'It has ended.' }),
      ...(isStale && { disabledBecause: 'The feed is lost.' }),
    },
  ]
  return (
    <div class={selection.id === null ? '' : 'columns'}>
      <ListView
        label="Listeners"
        view={{ ...view, rows, total: rows.length }}
        location={location}
        rows={rows}
        columns={columns}
        rowId={({ id }) => id}
        rowName={({ label }) => label}
        selected={selection.id}
        onOpen={({ id }) => selection.open(id)}
        menu={menu}
        empty={<NobodyListens />}
        tools={
          <>
            <span class="note">
              {live.length} live, {known.length - live.length} ended in the last 10 min
            </span>
            <label>
              <input
                type="checkbox"
                checked={hasEnded}
                onChange={(event) =>
                  location.setQuery('ended', event.currentTarget.checked ? '' : 'hide')
                }
              />{' '}
              show ended
            </label>
          </>
        }
      />
      {selection.id !== null && (
        <ListenerPanel
          {...props}
          key={selection.id}
          id={selection.id}
          row={selected}
          isStale={isStale}
          onDrop={setDropping}
          onClose={selection.close}
        />
      )}
      {dropping && (
        <DropDialog
          api={api}
          row={dropping}
          onDropped={() => announcer.say(`${dropping.label} was dropped.`)}
          onClose={() => setDropping(null)}
        />
      )}
    </div>
  )
}

function NobodyListens() {
  return (
    <>
      <p>Nobody listens. Add a hybrid connection to an agent, and run it:</p>
      <p>
        <Command text={'hcm add "CONNECTION-STRING"'} />
      </p>
      <p>
        <Command text="hcm run" />
      </p>
    </>
  )
}
