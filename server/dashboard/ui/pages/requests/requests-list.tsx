import { useMemo } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { ExportButton } from '../../../../../console/ui/export-button.tsx'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { PauseButton } from '../../../../../console/ui/pause-button.tsx'
import { useClock } from '../../../../../console/ui/clock.tsx'
import { exchangesOf, overviewOf } from '../../rows.ts'
import { type ScopedProps, within } from '../../scope.ts'
import { selectionOf } from '../../selection.ts'
import { requestColumns } from './request-columns.tsx'
import { inOrder } from './request-facts.ts'
import { RequestPanel } from './request-panel.tsx'

/** HTTP requests of senders; `of` narrows it to one hybrid connection. Source: dashboard 2.5. */
export function RequestsList(props: ScopedProps) {
  const { feed, location, of } = props
  const clock = useClock()
  const selection = selectionOf(location)
  const view = feed.topic('exchanges').value
  const overview = overviewOf(feed.topic('overview').value)
  const rows = useMemo(
    () => inOrder(within(exchangesOf(view), of)),
    [view, of?.namespace, of?.hybridConnection],
  )
  const columns = useMemo(() => requestColumns(clock), [clock])
  return (
    <div class={selection.id === null ? '' : 'columns'}>
      <ListView
        label="HTTP requests"
        view={of ? { ...view, rows, total: rows.length } : view}
        location={location}
        rows={rows}
        columns={columns}
        rowId={({ id }) => id}
        rowName={({ method, target }) => `${method} ${target}`}
        selected={selection.id}
        onOpen={({ id }) => selection.open(id)}
        empty={
          <>
            <p>
              No request has come yet. Make one to a hybrid connection that allows anonymous
              senders:
            </p>
            <p>
              <Command text={`curl -k ${curlAddress(overview?.urls.relay)}/HYBRID-CONNECTION`} />
            </p>
          </>
        }
        tools={
          <>
            <span class="spread" />
            <ExportButton file="requests.jsonl" rows={rows} location={location} />
            <PauseButton feed={feed} />
          </>
        }
      />
      {selection.id !== null && (
        <RequestPanel
          key={selection.id}
          id={selection.id}
          row={rows.find(({ id }) => id === selection.id)}
          onClose={selection.close}
        />
      )}
    </div>
  )
}

/** `sb://localhost:9443/` as curl is told it. */
function curlAddress(relay: string | undefined): string {
  return (relay ?? 'sb://localhost:9443/').replace(/^sb:/, 'https:').replace(/\/$/, '')
}
