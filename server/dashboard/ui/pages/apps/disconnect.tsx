import { Confirm } from '../../../../../console/ui/dialog.tsx'
import { count } from '../../../../../console/ui/format.ts'
import type { AppConnectionRow, AppRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { connectionsOf } from '../../rows.ts'
import { attachmentPath, isPair, isSame, labelOf } from './app-names.ts'

type DisconnectProps = {
  readonly page: PageProps
  readonly app: AppRow
  readonly row: AppConnectionRow
  readonly onClose: () => void
}

/** Tunnels that the dialog names one by one. */
const NAMED = 5

/** Takes a hybrid connection off the app; the live tunnels that end with it are named. Source: dashboard 2.6. */
export function Disconnect({ page, app, row, onClose }: DisconnectProps) {
  const { api, announcer, feed } = page
  const tunnels = connectionsOf(feed.topic('connections').value).filter(
    ({ phase, sender, namespace, hybridConnection }) =>
      phase === 'open' &&
      isSame(sender.label, labelOf(app)) &&
      isPair({ namespace, name: hybridConnection }, row),
  )
  return (
    <Confirm
      title={`Disconnect ${row.name}`}
      consequence={`${labelOf(app)} no longer reaches ${row.host}:${row.port}. The hybrid connection itself stays.`}
      action="Disconnect"
      run={async () => {
        await api.delete(attachmentPath(app, row))
        announcer.say(`${row.name} was disconnected from ${labelOf(app)}`)
      }}
      onClose={onClose}
    >
      {tunnels.length === 0 ? (
        <p class="note">No tunnel of it is open.</p>
      ) : (
        <>
          <p>
            {count(tunnels.length, 'live tunnel')} {tunnels.length === 1 ? 'ends' : 'end'}:
          </p>
          <ul>
            {tunnels.slice(0, NAMED).map(({ id, sender, listener }) => (
              <li key={id}>
                {id}, {sender.remote} to {listener?.label ?? 'nobody'}
              </li>
            ))}
            {tunnels.length > NAMED && <li>{tunnels.length - NAMED} more</li>}
          </ul>
        </>
      )}
    </Confirm>
  )
}
