import { formatBytes, formatDuration, formatRate } from '../../../../console/ui/format.ts'
import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { PageProps } from '../page.ts'
import { connectionsOf, findingsOf, hybridConnectionsOf, listenersOf } from '../rows.ts'

/** How many of the newest connections the overview shows. */
const SHOWN_CONNECTIONS = 50

export function Overview({ feed }: PageProps) {
  const findings = findingsOf(feed.topic('findings').value)
  const entities = hybridConnectionsOf(feed.topic('entities').value)
  const listeners = listenersOf(feed.topic('listeners').value).filter(({ ended }) => !ended)
  const connections = connectionsOf(feed.topic('connections').value)
  return (
    <>
      <PageHeading title="Overview" />
      {findings.length > 0 && (
        <section>
          <h2>Findings</h2>
          <ul class="findings">
            {findings.map((finding) => (
              <li key={finding.id}>
                <strong>{finding.hop}</strong>: {finding.why}
                {finding.next.map((command) => (
                  <code key={command}>{command}</code>
                ))}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>Hybrid connections</h2>
        <Table
          label="Hybrid connections"
          heads={['Name', 'Status', 'Endpoint', 'Listeners', 'Open', 'Client authorization']}
          rows={entities.map((row) => ({
            id: `${row.namespace}/${row.name}`,
            cells: [
              `${row.namespace}/${row.name}`,
              row.status,
              row.endpoint ? `${row.endpoint.host}:${row.endpoint.port}` : '–',
              String(row.listenerCount),
              String(row.open),
              row.requiresClientAuthorization ? 'yes' : 'no',
            ],
          }))}
          empty="There is no hybrid connection."
        />
      </section>
      <section>
        <h2>Listeners</h2>
        <Table
          label="Listeners"
          heads={['Listener', 'Hybrid connection', 'Remote', 'Last ping', 'Accepts']}
          rows={listeners.map((row) => ({
            id: row.id,
            cells: [
              row.label,
              `${row.namespace}/${row.hybridConnection}`,
              row.remote,
              formatDuration(row.pingMs),
              `${row.accepted} of ${row.offered}`,
            ],
          }))}
          empty='Nobody listens. Start one: hcm add "CONNECTION-STRING"'
        />
      </section>
      <section>
        <h2>Connections</h2>
        <Table
          label="Connections"
          heads={[
            '#',
            'Hybrid connection',
            'Sender',
            'Listener',
            'Phase',
            'To listener',
            'To sender',
            'Rate',
          ]}
          rows={connections.slice(0, SHOWN_CONNECTIONS).map((row) => ({
            id: row.id,
            cells: [
              row.id,
              `${row.namespace}/${row.hybridConnection}`,
              row.sender.label,
              row.listener?.label ?? '–',
              row.phase,
              formatBytes(row.bytesToListener),
              formatBytes(row.bytesToSender),
              formatRate(row.rateToListener + row.rateToSender),
            ],
          }))}
          empty='No connection yet. Make one: relay-emulator app forward --connect "CONNECTION-STRING"'
        />
      </section>
    </>
  )
}

type TableProps = {
  readonly label: string
  readonly heads: readonly string[]
  readonly rows: readonly { readonly id: string; readonly cells: readonly string[] }[]
  readonly empty: string
}

function Table({ label, heads, rows, empty }: TableProps) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              {row.cells.map((cell, index) => (
                <td key={heads[index]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
