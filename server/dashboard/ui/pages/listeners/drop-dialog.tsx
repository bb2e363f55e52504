import { useState } from 'preact/hooks'
import { type Api, resource } from '../../../../../console/ui/api.ts'
import { Confirm } from '../../../../../console/ui/dialog.tsx'
import type { DropMeans, ListenerRow } from '../../../contract.ts'
import { entityPath } from '../../scope.ts'

type DropProps = {
  readonly api: Api
  readonly row: ListenerRow
  readonly onDropped: () => void
  readonly onClose: () => void
}

const MEANS: readonly (readonly [DropMeans, string])[] = [
  ['1001', 'Close 1001: the relay goes away'],
  ['1011', 'Close 1011: the relay failed'],
  ['cut', 'Cut the TCP connection, without a Close'],
]

/** Asks how a control channel is to end. Source: dashboard 2.3, relay-protocol 3.6. */
export function DropDialog({ api, row, onDropped, onClose }: DropProps) {
  const [means, setMeans] = useState<DropMeans>('1001')
  return (
    <Confirm
      title={`Drop ${row.label}?`}
      consequence={`Its control channel to ${entityPath(row)} ends, and it is offered nothing until it connects again. Open tunnels stay.`}
      action="Drop"
      run={async () => {
        await api.delete(`${resource('listeners', row.id)}?how=${means}`)
        onDropped()
      }}
      onClose={onClose}
    >
      <fieldset class="choice">
        <legend>How</legend>
        {MEANS.map(([value, text]) => (
          <label key={value}>
            <input
              type="radio"
              name="means"
              checked={means === value}
              onChange={() => setMeans(value)}
            />{' '}
            {text}
          </label>
        ))}
      </fieldset>
    </Confirm>
  )
}
