import { resource } from '../../../../../console/ui/api.ts'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { Facts } from '../../../../../console/ui/facts.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { formatBytes, formatRate } from '../../../../../console/ui/format.ts'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { useAnswer } from '../../../../../console/ui/use-answer.ts'
import type { EntityMetrics } from '../../../contract.ts'
import { overviewOf } from '../../rows.ts'
import type { BladeProps } from './blade.tsx'
import { ConnectionStrings } from './connection-strings.tsx'
import { endpointText, type HybridConnectionFacts, partsOf } from './entities.ts'
import { Moment } from './moment.tsx'
import { OriginNote } from './origin-badge.tsx'

/** Listeners of one hybrid connection at most. Source: relay-protocol 8.1. */
const MAX_LISTENERS = 25
const METRICS_EVERY_MS = 2_000

type OverviewProps = BladeProps & { readonly entity: HybridConnectionFacts }

/** What a hybrid connection is, how to reach it, and what went through it. Source: dashboard 2.2. */
export function EntityOverview(props: OverviewProps) {
  const { api, feed, scope, namespace, entity } = props
  const overview = overviewOf(feed.topic('overview').value)
  const metricsPath = resource(...partsOf(scope), 'metrics')
  const { answer: metrics, failure } = useAnswer(
    () => api.get<EntityMetrics>(metricsPath),
    metricsPath,
    METRICS_EVERY_MS,
  )
  const url = `https://${namespace.name}.servicebus.windows.net:443/`
  return (
    <>
      <div class="halves card">
        <Facts
          facts={[
            [
              'Requires client authorization',
              entity.requiresClientAuthorization ? 'yes' : 'no: anyone may send',
            ],
            [
              'Service Bus endpoint URL',
              <>
                <code>{url}</code> <CopyButton what="Service Bus endpoint URL" text={() => url} />
              </>,
            ],
            ['Here', overview && <code>{overview.urls.relay}</code>],
            ['Created', <Moment at={entity.createdAt} />],
            ['Updated', <Moment at={entity.updatedAt} />],
          ]}
        />
        <Facts
          facts={[
            ['Endpoint', endpointText(entity.endpoint)],
            ['User metadata', <MetadataState entity={entity} />],
            ['Listeners', `${entity.listenerCount} of ${MAX_LISTENERS}`],
            ['Open', `${entity.open}, ${formatRate(entity.bytesPerSecond)}`],
            ['Since start', sinceStart(metrics)],
          ]}
        />
      </div>
      <OriginNote origin={entity.origin} />
      <h2>Connection strings</h2>
      <ConnectionStrings {...props} />
      <h2>Metrics since start</h2>
      <Failure failure={failure} />
      <ul class="metrics">
        {METRICS.map((name) => (
          <li key={name}>
            <span>{name}</span>
            <strong>{metricText(name, metrics?.[name])}</strong>
          </li>
        ))}
      </ul>
    </>
  )
}

/** In the order of relay-protocol 8.2. */
const METRICS = [
  'ListenerConnections-Success',
  'ListenerConnections-ClientError',
  'ListenerConnections-ServerError',
  'ListenerConnections-TotalRequests',
  'SenderConnections-Success',
  'SenderConnections-ClientError',
  'SenderConnections-ServerError',
  'SenderConnections-TotalRequests',
  'ActiveConnections',
  'ActiveListeners',
  'ListenerDisconnects',
  'SenderDisconnects',
  'BytesTransferred',
] as const

function metricText(name: string, value: number | undefined): string {
  if (value === undefined) return '–'
  return name === 'BytesTransferred' ? formatBytes(value) : value.toLocaleString('en')
}

function sinceStart(metrics: EntityMetrics | undefined): string {
  if (!metrics) return '–'
  const of = (name: (typeof METRICS)[number]) => metrics[name] ?? 0
  const refused = of('SenderConnections-ClientError') + of('SenderConnections-ServerError')
  return `${of('SenderConnections-Success').toLocaleString('en')} accepted, ${refused.toLocaleString('en')} refused`
}

function MetadataState({ entity }: { readonly entity: HybridConnectionFacts }) {
  const { namespace, name, userMetadata, lint } = entity
  const errors = lint.filter(({ level }) => level === 'error').length
  const warnings = lint.length - errors
  const link = <a href={formatRoute(['hc', namespace, name, 'properties'])}>Properties</a>
  if (userMetadata === null || userMetadata === '') return <>none: {link}</>
  if (errors > 0) {
    return (
      <>
        <StateIcon tone="bad" word={`App Service cannot use it: ${entity.lint[0]?.code}`} />: {link}
      </>
    )
  }
  if (warnings > 0) {
    return (
      <>
        <StateIcon tone="warning" word={lint.map(({ code }) => code).join(', ')} />: {link}
      </>
    )
  }
  return <StateIcon tone="good" word="usable" />
}
