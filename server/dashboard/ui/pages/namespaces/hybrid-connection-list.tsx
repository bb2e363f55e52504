import { isLost } from '../../../../../console/ui/feed.ts'
import { useState } from 'preact/hooks'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { formatRate } from '../../../../../console/ui/format.ts'
import { ListView } from '../../../../../console/ui/list-view.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { Column } from '../../../../../console/ui/virtual-table.tsx'
import type { BladeProps } from './blade.tsx'
import { CreateHybridConnection } from './create-hybrid-connection.tsx'
import { ConfirmDelete } from './delete-entity.tsx'
import {
  endpointText,
  type HybridConnectionFacts,
  hybridConnectionsIn,
  listed,
} from './entities.ts'
import { OriginBadge } from './origin-badge.tsx'

const LOST = 'the emulator cannot be reached'

/** The hybrid connections of a namespace. Source: dashboard 2.2. */
export function HybridConnectionList(props: BladeProps) {
  const { feed, location, namespace } = props
  const view = feed.topic('entities').value
  const rows = hybridConnectionsIn(view, namespace.name)
  const [isCreating, setIsCreating] = useState(false)
  const [leaving, setLeaving] = useState<HybridConnectionFacts | null>(null)
  const open = ({ name }: HybridConnectionFacts, ...blade: string[]) =>
    location.go(['hc', namespace.name, name, ...blade])
  const snippet = configurationOf(namespace.name)
  return (
    <>
      <ListView
        label="Hybrid Connections"
        view={listed(view, rows)}
        location={location}
        tools={
          <>
            <span class="spread" />
            <button
              type="button"
              class="primary"
              disabled={isLost(feed)}
              onClick={() => setIsCreating(true)}
            >
              Create hybrid connection
            </button>
          </>
        }
        columns={COLUMNS}
        rows={rows}
        rowId={({ name }) => name}
        rowName={({ name }) => name}
        onOpen={(row) => open(row)}
        menu={(row) => [
          { label: 'Open', run: () => open(row) },
          { label: 'Shared access policies', run: () => open(row, 'policies') },
          { label: 'Properties', run: () => open(row, 'properties') },
          {
            label: 'Delete',
            run: () => setLeaving(row),
            ...(isLost(feed) && { disabledBecause: LOST }),
          },
        ]}
        empty={
          <>
            <p>
              {namespace.name} has no hybrid connection. Create one here, or write it into
              relay-emulator.yaml and run <code>relay-emulator start</code>.
            </p>
            <pre class="snippet" tabIndex={0} aria-label="Configuration">
              {snippet}
            </pre>
            <CopyButton what="configuration" text={() => snippet} />
          </>
        }
      />
      {isCreating && (
        <CreateHybridConnection
          page={props}
          namespace={namespace.name}
          onClose={() => setIsCreating(false)}
        />
      )}
      {leaving && (
        <ConfirmDelete
          page={props}
          namespace={namespace}
          entity={leaving}
          onClose={() => setLeaving(null)}
        />
      )}
    </>
  )
}

/** For the configuration file, with one entity to begin with. */
function configurationOf(namespace: string): string {
  return `version: 1
namespaces:
  - name: ${namespace}
    hybridConnections:
      - name: sql
        userMetadata: { endpoint: 'db.corp.local:5432' }
        authorizationRules:
          - { name: defaultListener, rights: [Listen] }
          - { name: defaultSender, rights: [Send] }
`
}

const COLUMNS: readonly Column<HybridConnectionFacts>[] = [
  {
    key: 'name',
    head: 'Name',
    width: 210,
    cell: ({ namespace, name, origin }) => (
      <>
        <a href={formatRoute(['hc', namespace, name])} tabIndex={-1}>
          {name}
        </a>{' '}
        <OriginBadge origin={origin} />
      </>
    ),
    sortBy: ({ name }) => name,
  },
  {
    key: 'status',
    head: 'Status',
    width: 130,
    cell: ({ status }) => (
      <StateIcon tone={status === 'Connected' ? 'good' : 'calm'} word={status} />
    ),
    sortBy: ({ status }) => status,
  },
  {
    key: 'endpoint',
    head: 'Endpoint',
    width: 210,
    cell: ({ endpoint, lint }) =>
      endpoint === null && lint.some(({ level }) => level === 'error') ? (
        <StateIcon tone="bad" word="metadata has errors" />
      ) : (
        <span title={endpointText(endpoint)}>{endpointText(endpoint)}</span>
      ),
    sortBy: ({ endpoint }) => endpoint && endpointText(endpoint),
  },
  {
    key: 'listeners',
    head: 'Listeners',
    width: 90,
    cell: ({ listenerCount }) => listenerCount,
    sortBy: ({ listenerCount }) => listenerCount,
    isNumber: true,
  },
  {
    key: 'open',
    head: 'Open',
    width: 70,
    cell: ({ open }) => open,
    sortBy: ({ open }) => open,
    isNumber: true,
  },
  {
    key: 'requests',
    head: 'Requests/s',
    width: 100,
    cell: ({ requestsPerSecond }) => `${requestsPerSecond}/s`,
    sortBy: ({ requestsPerSecond }) => requestsPerSecond,
    isNumber: true,
  },
  {
    key: 'bytes',
    head: 'Bytes/s',
    width: 100,
    cell: ({ bytesPerSecond }) => formatRate(bytesPerSecond),
    sortBy: ({ bytesPerSecond }) => bytesPerSecond,
    isNumber: true,
  },
  {
    key: 'authorization',
    head: 'Client authorization',
    width: 150,
    cell: ({ requiresClientAuthorization }) =>
      requiresClientAuthorization ? 'required' : 'off: anyone sends',
    sortBy: ({ requiresClientAuthorization }) => Number(requiresClientAuthorization),
  },
]
