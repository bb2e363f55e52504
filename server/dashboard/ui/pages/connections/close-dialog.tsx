import { useState } from 'preact/hooks'
import { type Api, resource } from '../../../../../console/ui/api.ts'
import { Confirm } from '../../../../../console/ui/dialog.tsx'
import type { CloseMeans, ConnectionRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'

type CloseProps = {
  readonly api: Api
  readonly row: ConnectionRow
  readonly onClosed: () => void
  readonly onClose: () => void
}

/** Asks how a connection is to end. Source: dashboard 2.4. */
export function CloseDialog({ api, row, onClosed, onClose }: CloseProps) {
  const [means, setMeans] = useState<CloseMeans>('1011')
  const far = row.listener ? ` and ${row.listener.label}` : ''
  return (
    <Confirm
      title={`Close ${row.id}?`}
      consequence={`The connection of ${row.sender.label}${far} on ${entityPath(row)} ends. What is under way is lost.`}
      action="Close connection"
      run={async () => {
        await api.delete(`${resource('connections', row.id)}?how=${means}`)
        onClosed()
      }}
      onClose={onClose}
    >
      <fieldset class="choice">
        <legend>How</legend>
        <label>
          <input
            type="radio"
            name="means"
            checked={means === '1011'}
            onChange={() => setMeans('1011')}
          />{' '}
          Close 1011 on both sides
        </label>
        <label>
          <input
            type="radio"
            name="means"
            checked={means === 'cut'}
            onChange={() => setMeans('cut')}
          />{' '}
          Cut both TCP connections, without a Close
        </label>
      </fieldset>
    </Confirm>
  )
}
