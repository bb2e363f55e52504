import { useNow } from '../../../../../console/ui/clock.tsx'
import { Facts } from '../../../../../console/ui/facts.tsx'
import { Panel } from '../../../../../console/ui/panel.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import { Time } from '../../../../../console/ui/time.tsx'
import type { ListenerRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { connectionsOf, exchangesOf } from '../../rows.ts'
import { entityPath } from '../../scope.ts'
import { AcceptChart } from './accept-chart.tsx'
import { LastPing, Share, TokenEnd } from './listener-columns.tsx'
import { endText } from './listener-facts.ts'
import { PickLog } from './pick-log.tsx'

type ListenerPanelProps = PageProps & {
  readonly id: string
  /** Undefined when it is not listed any more. */
  readonly row: ListenerRow | undefined
  readonly isStale: boolean
  readonly onDrop: (row: ListenerRow) => void
  readonly onClose: () => void
}

export function ListenerPanel(props: ListenerPanelProps) {
  const { id, row, feed, api, isStale, onDrop, onClose } = props
  const nowMs = useNow()
  if (!row) {
    return (
      <Panel title={id} onClose={onClose}>
        <p class="note">This listener is not listed any more.</p>
      </Panel>
    )
  }
  const isMine = (item: { readonly listener: { readonly id: string } | null }) =>
    item.listener?.id === id
  const connections = connectionsOf(feed.topic('connections').value).filter(isMine)
  const exchanges = exchangesOf(feed.topic('exchanges').value).filter(isMine)
  const open = connections.filter(({ phase }) => phase === 'open').length
  const entity = formatRoute(['hc', row.namespace, row.hybridConnection])
  return (
    <Panel
      title={row.label}
      onClose={onClose}
      tools={
        <button
          type="button"
          class="danger"
          disabled={row.ended !== null || isStale}
          onClick={() => onDrop(row)}
        >
          Drop...
        </button>
      }
    >
      <p>
        {row.ended ? (
          <StateIcon tone="calm" word={`Ended: ${endText(row.ended)}`} />
        ) : (
          <StateIcon tone="good" word="Connected" />
        )}
      </p>
      <Facts
        facts={[
          ['Hybrid connection', <a href={entity}>{entityPath(row)}</a>],
          ['Tracking id', <code>{row.trackingId}</code>],
          ['Remote', row.remote],
          ['User agent', row.userAgent],
          ['Rule or principal', row.rule],
          ['Connected at', <Time at={row.since} />],
          ...(row.ended
            ? ([
                ['Ended at', <Time at={row.ended.at} />],
                ['Reason', row.ended.reason],
              ] as const)
            : ([['Token ends', <TokenEnd row={row} nowMs={nowMs} />]] as const)),
          ['Renewals so far', String(row.renewals)],
          ['Last ping', <LastPing row={row} nowMs={nowMs} />],
          ['Offered', row.offered.toLocaleString('en')],
          ['Accepted', row.accepted.toLocaleString('en')],
          ['Rejected', row.rejected.toLocaleString('en')],
          ['Timed out', row.timedOut.toLocaleString('en')],
          ['Share / expected', <Share row={row} />],
        ]}
      />
      <h3>Accepts, last 5 minutes</h3>
      <AcceptChart connections={connections} exchanges={exchanges} nowMs={nowMs} />
      <h3>Connections</h3>
      <p>
        <a href={formatRoute(['connections'], { q: `listener.id:${id}` })}>
          {open} open, {connections.length - open} others
        </a>
        {exchanges.length > 0 && (
          <>
            {', '}
            <a href={formatRoute(['requests'], { q: `listener.id:${id}` })}>
              {exchanges.length} HTTP requests
            </a>
          </>
        )}
      </p>
      <h3>Picks</h3>
      <PickLog api={api} id={id} revision={row.offers} />
    </Panel>
  )
}
