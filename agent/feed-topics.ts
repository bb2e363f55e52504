import type { FeedDeps } from '../console/feed.ts'
import type { LogFeed } from './agent-log.ts'
import type { Connections } from './connections.ts'
import type { ServiceRow } from './contract.ts'

/** What the page looks at all the time. Source: dashboard 5. */
export function feedTopics({
  connections,
  service,
  logs,
}: {
  readonly connections: Pick<Connections, 'rows'>
  readonly service: () => ServiceRow
  readonly logs: LogFeed
}): Pick<FeedDeps, 'state' | 'logs'> {
  return {
    state: {
      service: {
        counters: ['lastLog'],
        rows: () => ({ rows: [{ id: 'service', ...service() }] }),
      },
      connections: {
        counters: [],
        rows: () => ({
          rows: connections.rows.map((row) => ({
            id: `${row.serviceBusEndpoint}${row.name}`,
            ...row,
          })),
        }),
      },
    },
    logs: { logs: { since: (after) => logs.since(after) } },
  }
}
