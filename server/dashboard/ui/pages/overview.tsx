import { useMemo } from 'preact/hooks'
import { CopyButton } from '../../../../console/ui/copy-button.tsx'
import { Skeleton } from '../../../../console/ui/list-view.tsx'
import { PageHeading } from '../../../../console/ui/page-heading.tsx'
import type { HybridConnectionRow } from '../../contract.ts'
import type { PageProps } from '../page.ts'
import {
  appsOf,
  connectionsOf,
  exchangesOf,
  findingsOf,
  hybridConnectionsOf,
  listenersOf,
  overviewOf,
} from '../rows.ts'
import { Charts } from './overview/charts.tsx'
import { connectionString } from './overview/connection-strings.ts'
import { FindingsList } from './overview/findings-list.tsx'
import { FirstSteps } from './overview/first-steps.tsx'
import { buildTopology } from './overview/topology.ts'
import { TopologyMap } from './overview/topology-map.tsx'

/** Who asked less than this ago is drawn, ms. */
const RECENT_MS = 60_000

/** Who talks to whom, how much, and where it fails. Source: dashboard 2.1. */
export function Overview({ feed, api }: PageProps) {
  const topics = {
    overview: feed.topic('overview').value,
    findings: feed.topic('findings').value,
    entities: feed.topic('entities').value,
    listeners: feed.topic('listeners').value,
    connections: feed.topic('connections').value,
    exchanges: feed.topic('exchanges').value,
  }
  const overview = overviewOf(topics.overview)
  const findings = findingsOf(topics.findings)
  const entities = useMemo(() => hybridConnectionsOf(topics.entities), [topics.entities])
  const topology = useMemo(
    () =>
      buildTopology({
        apps: appsOf(topics.entities),
        connections: connectionsOf(topics.connections),
        requests: exchangesOf(topics.exchanges).filter(
          ({ startedAt }) => Date.now() - Date.parse(startedAt) < RECENT_MS,
        ),
        entities,
        listeners: listenersOf(topics.listeners).filter(({ ended }) => ended === null),
        findings,
      }),
    Object.values(topics),
  )
  const isLoaded = Object.values(topics).every((view) => view.isLoaded)
  const silent = entities.filter(({ listenerCount }) => listenerCount === 0)
  return (
    <>
      <PageHeading title="Overview" />
      {!isLoaded ? (
        <Skeleton />
      ) : (
        <>
          {overview && <FirstSteps api={api} overview={overview} entities={entities} />}
          <FindingsList findings={findings} api={api} />
          <div class="overview">
            <TopologyMap topology={topology}>
              {entities.length === 0 ? (
                <p class="empty">
                  There is no hybrid connection. <a href="#/namespaces">Create one</a>.
                </p>
              ) : (
                <SilentOnes entities={silent} api={api} />
              )}
            </TopologyMap>
            <Charts api={api} isPaused={feed.waiting.value !== null} />
          </div>
        </>
      )}
    </>
  )
}

/** Hybrid connections without a listener for which a command is offered. */
const OFFERED = 5

function SilentOnes({
  entities,
  api,
}: {
  readonly entities: readonly HybridConnectionRow[]
  readonly api: PageProps['api']
}) {
  if (entities.length === 0) return null
  const rest = entities.length - OFFERED
  return (
    <ul class="silent">
      {entities.slice(0, OFFERED).map((entity) => (
        <li key={`${entity.namespace}/${entity.name}`}>
          Nobody listens on {entity.namespace}/{entity.name}.
          <CopyButton
            label="Copy hcm add"
            what={`for ${entity.name}`}
            text={async () => `hcm add "${await connectionString(api, entity, 'Listen')}"`}
          />
        </li>
      ))}
      {rest > 0 && (
        <li>
          <a href="#/namespaces">{rest} more without a listener</a>
        </li>
      )}
    </ul>
  )
}
