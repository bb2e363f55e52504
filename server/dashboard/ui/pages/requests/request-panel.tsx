import { useNow } from '../../../../../console/ui/clock.tsx'
import { Facts } from '../../../../../console/ui/facts.tsx'
import { formatBytes, formatDuration } from '../../../../../console/ui/format.ts'
import { Panel } from '../../../../../console/ui/panel.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { Time } from '../../../../../console/ui/time.tsx'
import { Timeline } from '../../../../../console/ui/timeline.tsx'
import type { ExchangeRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'
import { Status } from './request-columns.tsx'
import { timingSteps, VIA, waitLeftMs } from './request-facts.ts'

type RequestPanelProps = {
  readonly id: string
  /** Undefined when it is not listed any more. */
  readonly row: ExchangeRow | undefined
  readonly onClose: () => void
}

export function RequestPanel({ id, row, onClose }: RequestPanelProps) {
  const nowMs = useNow()
  if (!row) {
    return (
      <Panel title={id} onClose={onClose}>
        <p class="note">This request is not listed any more.</p>
      </Panel>
    )
  }
  const { sender, listener } = row
  const leftMs = waitLeftMs(row, nowMs)
  const entity = formatRoute(['hc', row.namespace, row.hybridConnection])
  return (
    <Panel title={`${row.method} ${id}`} onClose={onClose}>
      <p>
        <Status row={row} />
        {leftMs === null
          ? row.endMs !== null && `, ${formatDuration(row.endMs)}`
          : `, ${Math.ceil(leftMs / 1_000)} s left`}
      </p>
      <p>
        <code>{row.target}</code>
      </p>
      <h3>Timing</h3>
      <Timeline label="Timing" steps={timingSteps(row)} />
      <h3>Facts</h3>
      <Facts
        facts={[
          ...(row.reason === null ? [] : ([['Why it failed', row.reason]] as const)),
          ...(row.code === null ? [] : ([['Code', <code>{row.code}</code>]] as const)),
          ['Hybrid connection', <a href={entity}>{entityPath(row)}</a>],
          ['Sender', `${sender.label}, ${sender.remote}`],
          ['Rule', sender.rule ?? (row.listener ? 'none: anonymous' : null)],
          [
            'Listener',
            listener && (
              <a href={formatRoute(['listeners'], { id: listener.id })}>{listener.label}</a>
            ),
          ],
          ['Via', row.via && VIA[row.via]],
          ['Request body', formatBytes(row.requestBytes)],
          ['Response body', formatBytes(row.responseBytes)],
          ['Started', <Time at={row.startedAt} />],
          ['Tracking id', <code>{row.trackingId}</code>],
        ]}
      />
    </Panel>
  )
}
