import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { Command } from '../../../../../console/ui/command.tsx'
import { formatRate } from '../../../../../console/ui/format.ts'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../../console/ui/page-heading.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { PageProps } from '../../page.ts'
import { CreateNamespace } from './create-namespace.tsx'
import { ConfirmDelete } from './delete-entity.tsx'
import { listed, type NamespaceFacts, namespacesIn } from './entities.ts'
import { OriginBadge } from './origin-badge.tsx'

const LOST = 'the emulator cannot be reached'

/** All namespaces. Source: dashboard 2.2. */
export function NamespaceList(page: PageProps) {
  const { feed, location } = page
  const view = feed.topic('entities').value
  const rows = namespacesIn(view)
  const [isCreating, setIsCreating] = useState(false)
  const [leaving, setLeaving] = useState<NamespaceFacts | null>(null)
  const open = ({ name }: NamespaceFacts) => location.go(['ns', name])
  return (
    <>
      <PageHeading title="Namespaces">
        <span class="spread" />
        <button
          type="button"
          class="primary"
          disabled={isLost(feed)}
          onClick={() => setIsCreating(true)}
        >
          Create namespace
        </button>
      </PageHeading>
      <ListView
        label="Namespaces"
        view={listed(view, rows)}
        location={location}
        columns={COLUMNS}
        rows={rows}
        rowId={({ name }) => name}
        rowName={({ name }) => name}
        onOpen={open}
        menu={(row) => [
          { label: 'Open', run: () => open(row) },
          {
            label: 'Shared access policies',
            run: () => location.go(['ns', row.name, 'policies']),
          },
          { label: 'Networking', run: () => location.go(['ns', row.name, 'networking']) },
          {
            label: 'Delete',
            run: () => setLeaving(row),
            ...(isLost(feed) && { disabledBecause: LOST }),
          },
        ]}
        empty={
          <>
            <p>There is no namespace. Create one here, or start with the built-in one.</p>
            <Command text="relay-emulator start" />
          </>
        }
      />
      {isCreating && <CreateNamespace page={page} onClose={() => setIsCreating(false)} />}
      {leaving && (
        <ConfirmDelete page={page} namespace={leaving} onClose={() => setLeaving(null)} />
      )}
    </>
  )
}

const COLUMNS: readonly Column<NamespaceFacts>[] = [
  {
    key: 'name',
    head: 'Name',
    width: 240,
    cell: ({ name, origin }) => (
      <>
        <a href={formatRoute(['ns', name])} tabIndex={-1}>
          {name}
        </a>{' '}
        <OriginBadge origin={origin} />
      </>
    ),
    sortBy: ({ name }) => name,
  },
  {
    key: 'location',
    head: 'Location',
    width: 130,
    cell: ({ location }) => location,
    sortBy: ({ location }) => location,
  },
  {
    key: 'hybridConnections',
    head: 'Hybrid Connections',
    width: 150,
    cell: ({ hybridConnections }) => hybridConnections,
    sortBy: ({ hybridConnections }) => hybridConnections,
    isNumber: true,
  },
  {
    key: 'listeners',
    head: 'Listeners',
    width: 90,
    cell: ({ listeners }) => listeners,
    sortBy: ({ listeners }) => listeners,
    isNumber: true,
  },
  {
    key: 'open',
    head: 'Open',
    width: 80,
    cell: ({ open }) => open,
    sortBy: ({ open }) => open,
    isNumber: true,
  },
  {
    key: 'bytes',
    head: 'Bytes/s',
    width: 110,
    cell: ({ bytesPerSecond }) => formatRate(bytesPerSecond),
    sortBy: ({ bytesPerSecond }) => bytesPerSecond,
    isNumber: true,
  },
  {
    key: 'hosts',
    head: 'Hosts',
    width: 260,
    cell: ({ name, hosts }) => {
      const all = [`${name}.servicebus.windows.net`, ...hosts].join(', ')
      return <span title={all}>{hosts.length > 0 ? hosts.join(', ') : '–'}</span>
    },
    sortBy: ({ hosts }) => hosts[0] ?? null,
  },
]
