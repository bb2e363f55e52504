import { useState } from 'preact/hooks'
import { Command } from '../../console/ui/command.tsx'
import type { View } from '../../console/ui/feed-store.ts'
import { Failure } from '../../console/ui/failure.tsx'
import { ListView } from '../../console/ui/list-view.tsx'
import type { MenuItem } from '../../console/ui/menu.tsx'
import type { ServiceRow } from '../contract.ts'
import { AddDialog } from './add/add-dialog.tsx'
import { COLUMNS } from './columns.tsx'
import { Details } from './details.tsx'
import { LogsDialog } from './logs-dialog.tsx'
import { type PageProps, pathOf, type Row } from './page.ts'
import { portalLink } from './portal-link.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { TestDialog } from './test-dialog.tsx'
import { toggled } from './toggled.ts'
import { Toolbar } from './toolbar.tsx'
import { useWork } from './use-work.ts'

type ManagerProps = PageProps & {
  readonly view: View
  readonly rows: readonly Row[]
  readonly service: ServiceRow | undefined
}

/** What stands over the table at the moment. */
type Open =
  | { readonly kind: 'add' }
  | { readonly kind: 'remove'; readonly rows: readonly Row[] }
  | { readonly kind: 'test'; readonly target: string }
  | { readonly kind: 'logs' }

/** The hybrid connections of the agent, and all that can be done with them. Source: dashboard 5. */
export function Manager(props: ManagerProps) {
  const { api, announcer, feed, location, view, rows, service } = props
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [selected, setSelected] = useState<string | null>(null)
  const [open, setOpen] = useState<Open | null>(null)
  const work = useWork(announcer)
  const isLive = feed.status.value.phase === 'live'
  const chosen = rows.filter(({ id }) => ticked.has(id))
  const detail = rows.find(({ id }) => id === selected)
  const close = () => setOpen(null)
  const restart = (some: readonly Row[]) =>
    work.start(`${namesOf(some)} restarted`, async () => {
      for (const row of some) await api.post(`${pathOf(row)}/restart`)
    })
  const remove = (some: readonly Row[]) => setOpen({ kind: 'remove', rows: some })
  const test = (row: Row | undefined) =>
    setOpen({ kind: 'test', target: row ? row.endpoint || row.namespace : '' })
  const menu = (row: Row): readonly MenuItem[] => {
    const link = portalLink(service, row)
    const lost = isLive ? {} : { disabledBecause: 'the service does not answer' }
    return [
      { label: 'Restart', run: () => restart([row]), ...lost },
      { label: 'Remove', run: () => remove([row]), ...lost },
      { label: 'Test', run: () => test(row), ...lost },
      typeof link === 'string'
        ? { label: 'View in Portal', run: () => window.open(link, '_blank', 'noreferrer') }
        : { label: 'View in Portal', run: () => undefined, disabledBecause: link.reason },
    ]
  }
  return (
    <>
      <Toolbar
        isLive={isLive}
        isBusy={work.isBusy}
        ticked={chosen.length}
        onNew={() => setOpen({ kind: 'add' })}
        onRefresh={() => work.start('Refreshed', async () => void (await api.post('/refresh')))}
        onRestart={() => restart(chosen)}
        onRemove={() => remove(chosen)}
        onTest={() => test(chosen[0])}
        onLogs={() => setOpen({ kind: 'logs' })}
      />
      <Failure failure={work.failure} />
      <div class="columns">
        <ListView
          label="Hybrid connections"
          view={view}
          location={location}
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          rowName={({ name }) => name}
          selected={selected}
          onOpen={({ id }) => setSelected(id)}
          menu={menu}
          ticks={{
            ids: ticked,
            toggle: ({ id }) => setTicked(toggled(ticked, id)),
          }}
          empty={<Empty />}
        />
        {detail && (
          <Details
            row={detail}
            link={portalLink(service, detail)}
            isLive={isLive && !work.isBusy}
            onRestart={() => restart([detail])}
            onRemove={() => remove([detail])}
            onClose={() => setSelected(null)}
          />
        )}
      </div>
      {open?.kind === 'add' && <AddDialog api={api} announcer={announcer} onClose={close} />}
      {open?.kind === 'remove' && (
        <RemoveDialog
          api={api}
          announcer={announcer}
          rows={open.rows}
          onClose={() => {
            setTicked(new Set())
            close()
          }}
        />
      )}
      {open?.kind === 'test' && <TestDialog api={api} target={open.target} onClose={close} />}
      {open?.kind === 'logs' && <LogsDialog api={api} feed={feed} onClose={close} />}
    </>
  )
}

function Empty() {
  return (
    <>
      <p>
        This agent serves no hybrid connection yet. Its gateway connection string stands on the page
        of the hybrid connection: Networking of the app in the portal, or Apps in the dashboard.
      </p>
      <p>
        <Command text={'hcm add "<gateway connection string>"'} />
      </p>
    </>
  )
}

function namesOf(rows: readonly Row[]): string {
  return rows.map(({ name }) => name).join(', ')
}
