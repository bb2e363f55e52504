import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../../console/ui/page-heading.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { AppConnectionRow, AppRow, NamespaceRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { appsOf, namespacesOf, plansOf } from '../../rows.ts'
import { AddHybridConnections } from './add-hybrid-connections.tsx'
import { isSame, labelOf, systemName } from './app-names.ts'
import { AttachedPanel } from './attached-panel.tsx'
import { CreateAttached } from './create-attached.tsx'
import { Disconnect } from './disconnect.tsx'
import { UseKey } from './use-key.tsx'
import { ViewAs } from './view-as.tsx'

type AppPageProps = PageProps & { readonly app: string; readonly slot: string | null }

type AppDialog =
  | { readonly kind: 'add' | 'create' }
  | { readonly kind: 'disconnect'; readonly row: AppConnectionRow }
  | {
      readonly kind: 'key'
      readonly row: AppConnectionRow
      readonly key: 'primary' | 'secondary'
    }

/** The hybrid connections of one app. Source: dashboard 2.6. */
export function AppPage({ app: name, slot, ...page }: AppPageProps) {
  const { feed, location } = page
  const view = feed.topic('entities').value
  const app = appsOf(view).find((row) => isSame(row.app, name) && isSame(row.slot, slot))
  const [dialog, setDialog] = useState<AppDialog | null>(null)
  const [selected, setSelected] = useState<string | null>(null)
  const title = slot === null ? name : `${name}/${slot}`
  if (!app) return <NoApp title={title} isLoaded={view.isLoaded} />
  const isLive = !isLost(feed)
  const close = () => setDialog(null)
  const rows = app.hybridConnections
  const shown = rows.find((row) => idOf(row) === selected)
  const principal = location.route.value.query['as'] ?? ''
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="#/apps">Apps</a> <span aria-hidden="true">&gt;</span> {title}
      </nav>
      <PageHeading title={title}>
        <span class="note">{summaryOf(app)}</span>
      </PageHeading>
      <div class={shown ? 'columns' : ''}>
        <ListView
          label="Hybrid connections"
          view={{ ...view, rows, total: rows.length }}
          location={location}
          columns={columnsOf(namespacesOf(view))}
          rows={rows}
          rowId={idOf}
          rowName={(row) => row.name}
          selected={selected}
          onOpen={(row) => setSelected(idOf(row))}
          menu={(row) => [
            { label: 'Details', run: () => setSelected(idOf(row)) },
            ...(['primary', 'secondary'] as const).map((key) => ({
              label: `Use ${key} key`,
              run: () => setDialog({ kind: 'key', row, key }),
              ...(!isLive && { disabledBecause: 'the feed is lost' }),
            })),
            {
              label: 'Disconnect',
              run: () => setDialog({ kind: 'disconnect', row }),
              ...(!isLive && { disabledBecause: 'the feed is lost' }),
            },
          ]}
          tools={
            <>
              <button
                type="button"
                class="primary"
                disabled={!isLive}
                onClick={() => setDialog({ kind: 'add' })}
              >
                Add hybrid connection
              </button>
              <button
                type="button"
                disabled={!isLive}
                onClick={() => setDialog({ kind: 'create' })}
              >
                Create new hybrid connection
              </button>
              <ViewAs
                api={page.api}
                value={principal}
                onChange={(objectId) => location.setQuery('as', objectId)}
              />
            </>
          }
          empty={
            <>
              <p>Hybrid connections: Not configured.</p>
              <p class="note">
                Add one that exists, or create a new one with its endpoint. Programs then reach the
                endpoint by <code>relay-emulator app run --site {title} -- COMMAND</code>.
              </p>
            </>
          }
        />
        {shown && (
          <AttachedPanel
            page={page}
            app={app}
            row={shown}
            plan={plansOf(view).find(
              (plan) => isSame(plan.plan, app.plan) && plan.apps.includes(labelOf(app)),
            )}
            onClose={() => setSelected(null)}
          />
        )}
      </div>
      {dialog?.kind === 'add' && (
        <AddHybridConnections page={page} app={app} principal={principal} onClose={close} />
      )}
      {dialog?.kind === 'create' && <CreateAttached page={page} app={app} onClose={close} />}
      {dialog?.kind === 'disconnect' && (
        <Disconnect page={page} app={app} row={dialog.row} onClose={close} />
      )}
      {dialog?.kind === 'key' && (
        <UseKey page={page} app={app} row={dialog.row} which={dialog.key} onClose={close} />
      )}
    </>
  )
}

function NoApp({ title, isLoaded }: { readonly title: string; readonly isLoaded: boolean }) {
  return (
    <>
      <PageHeading title={title} />
      {isLoaded && (
        <p class="empty">
          There is no app {title}, or it was deleted. <a href="#/apps">All apps</a>
        </p>
      )}
    </>
  )
}

function summaryOf({ plan, sku, os, location, used, limit, limitPer }: AppRow): string {
  const use =
    limit === 0
      ? 'hybrid connections are not available'
      : `${used} of ${limit} used in ${limitPer === 'plan' ? 'plan' : 'this app'}`
  return `${plan} ${sku}, ${systemName(os)}, ${location}, ${use}`
}

function idOf({ namespace, name }: AppConnectionRow): string {
  return `${namespace}/${name}`
}

function columnsOf(namespaces: readonly NamespaceRow[]): readonly Column<AppConnectionRow>[] {
  const locationOf = ({ namespace }: AppConnectionRow) =>
    namespaces.find(({ name }) => isSame(name, namespace))?.location ?? '–'
  return [
    { key: 'name', head: 'Name', width: 150, cell: ({ name }) => name, sortBy: ({ name }) => name },
    {
      key: 'status',
      head: 'Status',
      width: 140,
      cell: ({ status }) => (
        <StateIcon tone={status === 'Connected' ? 'good' : 'calm'} word={status} />
      ),
      sortBy: ({ status }) => status,
    },
    {
      key: 'endpoint',
      head: 'Endpoint',
      width: 200,
      cell: ({ host, port }) => `${host}:${port}`,
      sortBy: ({ host, port }) => `${host}:${port}`,
    },
    {
      key: 'namespace',
      head: 'Namespace',
      width: 110,
      cell: ({ namespace }) => namespace,
      sortBy: ({ namespace }) => namespace,
    },
    {
      key: 'location',
      head: 'Location',
      width: 120,
      cell: locationOf,
      sortBy: locationOf,
    },
    {
      key: 'key',
      head: 'Send key',
      width: 190,
      cell: ({ keyName, key }) =>
        key === 'missing' || key === 'stale' ? (
          <StateIcon tone="bad" word={key === 'missing' ? 'none' : `${keyName}, out of date`} />
        ) : (
          `${keyName}, ${key}`
        ),
      sortBy: ({ key }) => key,
    },
  ]
}
