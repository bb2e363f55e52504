import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { Confirm } from '../../../../../console/ui/dialog.tsx'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../../console/ui/page-heading.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { AppRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { appsOf, plansOf } from '../../rows.ts'
import { appPath, appRoute, labelOf, systemName } from './app-names.ts'
import { CreateApp } from './create-app.tsx'
import { SubNavigation } from './sub-navigation.tsx'

/** Apps, each followed by its slots. */
export function AppList(page: PageProps) {
  const { feed, location, api, announcer } = page
  const view = feed.topic('entities').value
  const apps = appsOf(view)
  const plans = plansOf(view)
  const isLive = !isLost(feed)
  const [dialog, setDialog] = useState<{ create: AppRow | null } | { remove: AppRow } | null>(null)
  const close = () => setDialog(null)
  return (
    <>
      <PageHeading title="Apps">
        <SubNavigation current="apps" />
      </PageHeading>
      <ListView
        label="Apps"
        view={{ ...view, rows: apps, total: apps.length }}
        location={location}
        columns={COLUMNS}
        rows={apps}
        rowId={labelOf}
        rowName={labelOf}
        onOpen={({ app, slot }) => location.go(slot === null ? ['apps', app] : ['apps', app, slot])}
        menu={(row) => [
          {
            label: 'Create slot',
            run: () => setDialog({ create: row }),
            ...(row.slot !== null && { disabledBecause: 'a slot has no slots' }),
          },
          { label: 'Delete', run: () => setDialog({ remove: row }) },
        ]}
        tools={
          <button
            type="button"
            class="primary"
            disabled={!isLive || plans.length === 0}
            title={plans.length === 0 ? 'An app needs a plan: create one first' : undefined}
            onClick={() => setDialog({ create: null })}
          >
            Create app
          </button>
        }
        empty={<NoApps hasPlan={plans.length > 0} />}
      />
      {dialog && 'create' in dialog && (
        <CreateApp page={page} parent={dialog.create} onClose={close} />
      )}
      {dialog && 'remove' in dialog && (
        <Confirm
          title={`Delete ${labelOf(dialog.remove)}`}
          consequence={
            dialog.remove.slot === null
              ? 'The app goes with its slots; their hybrid connections are disconnected from it.'
              : 'The slot goes; its hybrid connections are disconnected from it.'
          }
          action="Delete"
          run={async () => {
            await api.delete(appPath(dialog.remove))
            announcer.say(`${labelOf(dialog.remove)} was deleted`)
          }}
          onClose={close}
        />
      )}
    </>
  )
}

function NoApps({ hasPlan }: { readonly hasPlan: boolean }) {
  return (
    <>
      <p>
        There is no app yet.{' '}
        {hasPlan ? 'Create one here' : 'It needs a plan: create one under Plans'}, or by the Azure
        CLI:
      </p>
      <p>
        <Command text="relay-emulator az -- appservice plan create --name plan1 --resource-group relay-emulator --sku S1" />
      </p>
      <p>
        <Command text="relay-emulator az -- webapp create --name web --plan plan1 --resource-group relay-emulator" />
      </p>
    </>
  )
}

const COLUMNS: readonly Column<AppRow>[] = [
  {
    key: 'app',
    head: 'App',
    width: 220,
    cell: (row) => (
      <a href={appRoute(row)} class={row.slot === null ? '' : 'slot'} tabIndex={-1}>
        {labelOf(row)}
      </a>
    ),
    sortBy: labelOf,
  },
  { key: 'plan', head: 'Plan', width: 160, cell: ({ plan }) => plan, sortBy: ({ plan }) => plan },
  { key: 'sku', head: 'SKU', width: 80, cell: ({ sku }) => sku, sortBy: ({ sku }) => sku },
  {
    key: 'os',
    head: 'OS',
    width: 150,
    cell: ({ os }) => systemName(os),
    sortBy: ({ os }) => systemName(os),
  },
  {
    key: 'hybridConnections',
    head: 'Hybrid connections',
    width: 200,
    cell: (row) =>
      row.hybridConnections.length === 0 ? (
        'Not configured'
      ) : (
        <a href={appRoute(row)} tabIndex={-1}>
          Configured ({row.hybridConnections.length})
        </a>
      ),
    sortBy: ({ hybridConnections }) => hybridConnections.length,
  },
  {
    key: 'used',
    head: 'Used',
    width: 150,
    cell: ({ used, limit, limitPer }) =>
      limit === 0 ? 'not available' : `${used} of ${limit} per ${limitPer}`,
    sortBy: ({ used }) => used,
  },
  {
    key: 'open',
    head: 'Live tunnels',
    width: 120,
    cell: ({ open }) => open,
    sortBy: ({ open }) => open,
    isNumber: true,
  },
]
