import type { Announcer } from '../../console/ui/announcer.tsx'
import type { Api } from '../../console/ui/api.ts'
import { Confirm } from '../../console/ui/dialog.tsx'
import { pathOf, type Row } from './page.ts'

type RemoveProps = {
  readonly api: Api
  readonly announcer: Announcer
  readonly rows: readonly Row[]
  readonly onClose: () => void
}

/** Asks before the agent forgets hybrid connections (level C1). */
export function RemoveDialog({ api, announcer, rows, onClose }: RemoveProps) {
  const names = rows.map(({ name }) => name).join(', ')
  return (
    <Confirm
      title={rows.length === 1 ? `Remove ${names}?` : `Remove ${rows.length} hybrid connections?`}
      action="Remove"
      consequence={
        <>
          This agent serves <strong>{names}</strong> no more, and tunnels that are open now end. The
          hybrid connection itself, and other agents that serve it, stay.
        </>
      }
      run={async () => {
        for (const row of rows) await api.delete(pathOf(row))
        announcer.say(`${names} removed`)
      }}
      onClose={onClose}
    />
  )
}
