import { Facts } from '../../console/ui/facts.tsx'
import { Panel } from '../../console/ui/panel.tsx'
import { useNow } from '../../console/ui/clock.tsx'
import { Status, troubleOf } from './columns.tsx'
import type { Row } from './page.ts'

type DetailsProps = {
  readonly row: Row
  readonly link: string | { readonly reason: string }
  readonly isLive: boolean
  readonly onRestart: () => void
  readonly onRemove: () => void
  readonly onClose: () => void
}

/** Everything known of one hybrid connection. */
export function Details({ row, link, isLive, onRestart, onRemove, onClose }: DetailsProps) {
  const nowMs = useNow()
  const trouble = troubleOf(row, nowMs)
  return (
    <Panel
      title={`Details: ${row.name}`}
      onClose={onClose}
      tools={
        <>
          <PortalButton link={link} />
          <button type="button" disabled={!isLive} onClick={onRestart}>
            Restart
          </button>
          <button type="button" class="danger" disabled={!isLive} onClick={onRemove}>
            Remove
          </button>
        </>
      }
    >
      <Facts
        facts={[
          ['Name', row.name],
          ['Namespace', row.namespace],
          ['Status', <Status key="status" row={row} />],
          ['Endpoint', row.endpoint],
          ['Service Bus endpoint', row.serviceBusEndpoint],
          ['Number of listeners', row.numberOfListeners],
          ['Created On', <Day key="created" at={row.createdOn} />],
          ['Last Updated', <Day key="updated" at={row.lastUpdated} />],
          ...(trouble === '' ? [] : [['Last error', trouble] as const]),
          ...(row.note === null ? [] : [['Note', row.note] as const]),
        ]}
      />
    </Panel>
  )
}

function PortalButton({ link }: { readonly link: DetailsProps['link'] }) {
  if (typeof link === 'string') {
    return (
      <a class="button" href={link} title={link} target="_blank" rel="noreferrer">
        View in Portal
      </a>
    )
  }
  return (
    <button type="button" disabled title={link.reason}>
      View in Portal
    </button>
  )
}

/** Day and time, local, with UTC on hover. */
function Day({ at }: { readonly at: string | null }) {
  if (at === null || Number.isNaN(Date.parse(at))) return <>{'–'}</>
  return (
    <time dateTime={at} title={at}>
      {DAY.format(new Date(at))}
    </time>
  )
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
