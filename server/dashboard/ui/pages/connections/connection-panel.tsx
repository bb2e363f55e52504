import { useNow } from '../../../../../console/ui/clock.tsx'
import { Facts } from '../../../../../console/ui/facts.tsx'
import { formatBytes, formatDuration, formatRate } from '../../../../../console/ui/format.ts'
import { Panel } from '../../../../../console/ui/panel.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { Time } from '../../../../../console/ui/time.tsx'
import { Timeline } from '../../../../../console/ui/timeline.tsx'
import type { CloseFrameRow, ConnectionRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'
import { closedFirst, codeText, isLive, lifeMs, phaseSteps, TONES } from './connection-facts.ts'

type ConnectionPanelProps = {
  readonly id: string
  /** Undefined when it is not listed any more. */
  readonly row: ConnectionRow | undefined
  /** Why it cannot be closed. */
  readonly refusal: (row: ConnectionRow) => string | undefined
  readonly onEnd: (row: ConnectionRow) => void
  readonly onClose: () => void
}

export function ConnectionPanel({ id, row, refusal, onEnd, onClose }: ConnectionPanelProps) {
  const nowMs = useNow()
  if (!row) {
    return (
      <Panel title={id} onClose={onClose}>
        <p class="note">This connection is not listed any more.</p>
      </Panel>
    )
  }
  const { sender, listener } = row
  const reason = refusal(row)
  const entity = formatRoute(['hc', row.namespace, row.hybridConnection])
  return (
    <Panel
      title={id}
      onClose={onClose}
      tools={
        <button
          type="button"
          class="danger"
          disabled={reason !== undefined}
          title={reason}
          onClick={() => onEnd(row)}
        >
          Close...
        </button>
      }
    >
      <p>
        <StateIcon tone={TONES[row.phase]} word={row.phase} />, {formatDuration(lifeMs(row, nowMs))}
      </p>
      <Timeline label="Phases" steps={phaseSteps(row)} />
      <h3>End</h3>
      <Facts
        facts={[
          ['Closed first by', closedFirst(row)],
          ['Code and reason', codeText(row)],
          ['Close of the sender', <CloseFrame frame={row.senderClose} />],
          ['Close of the listener', <CloseFrame frame={row.listenerClose} />],
        ]}
      />
      <h3>Ends</h3>
      <Facts
        facts={[
          ['Hybrid connection', <a href={entity}>{entityPath(row)}</a>],
          ['Sender', `${sender.label}, ${sender.remote}`],
          ['Rule', sender.rule ?? (isLive(row) || row.openMs !== null ? 'none: anonymous' : null)],
          [
            'Listener',
            listener && (
              <a href={formatRoute(['listeners'], { id: listener.id })}>{listener.label}</a>
            ),
          ],
          ['Rendezvous from', row.listenerRemote],
          ['Tracking id', <code>{row.trackingId}</code>],
          ['Started', <Time at={row.startedAt} />],
        ]}
      />
      <h3>Traffic</h3>
      <Facts
        facts={[
          ['To listener', traffic(row.bytesToListener, row.framesToListener, row.rateToListener)],
          ['To sender', traffic(row.bytesToSender, row.framesToSender, row.rateToSender)],
          ['Sub-protocol', row.subProtocol ?? 'none'],
          ['Extensions', 'none'],
        ]}
      />
    </Panel>
  )
}

function CloseFrame({ frame }: { readonly frame: CloseFrameRow | null }) {
  if (!frame) return <>none</>
  return (
    <>
      {codeText(frame) ?? 'without a code'}, at +{formatDuration(frame.ms)}
    </>
  )
}

function traffic(bytes: number, frames: number, rate: number): string {
  return `${formatBytes(bytes)} in ${frames.toLocaleString('en')} frames, ${formatRate(rate)}`
}
