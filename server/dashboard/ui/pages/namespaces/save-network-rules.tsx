import { useState } from 'preact/hooks'
import { Confirm, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { AddressJudgement, ListenerRow, NetworkRules } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { addressOf, type Draft, LOOPBACK, namesAt, written } from './network-draft.ts'

type SaveProps = {
  readonly page: PageProps
  readonly path: string
  readonly draft: Draft
  /** Those connected to the namespace now. */
  readonly listeners: readonly ListenerRow[]
  readonly isDisabled: boolean
  readonly onSaved: (saved: NetworkRules) => void
  readonly onDiscard: () => void
}

/** Saves at once, or asks first when the rules would refuse this machine or a connected listener. */
export function SaveNetworkRules(props: SaveProps) {
  const { page, path, draft, listeners, isDisabled, onSaved, onDiscard } = props
  const [refused, setRefused] = useState<readonly string[]>([])
  const save = async () => {
    const saved = await page.api.put<NetworkRules>(path, written(draft))
    onSaved(saved)
    page.announcer.say('The network rules were saved')
  }
  const { isBusy, failure, start } = useAction(async () => {
    const addresses = [...new Set([LOOPBACK, ...listeners.map(({ remote }) => addressOf(remote))])]
    const { items } = await page.api.post<{ items: AddressJudgement[] }>(`${path}/test`, {
      addresses: addresses.slice(0, MAX_ADDRESSES),
      rules: written(draft),
    })
    const shutOut = items.filter(({ isAdmitted }) => !isAdmitted).map(({ address }) => address)
    if (shutOut.length === 0) await save()
    else setRefused(shutOut)
  }, doNothing)
  return (
    <>
      <Failure failure={failure} />
      <div class="tools">
        <button type="button" class="primary" disabled={isBusy || isDisabled} onClick={start}>
          {isBusy ? 'Working...' : 'Save changes'}
        </button>
        <button type="button" disabled={isBusy} onClick={onDiscard}>
          Discard
        </button>
      </div>
      {refused.length > 0 && (
        <Confirm
          title="Refuse who connects now?"
          consequence="These rules would refuse the following at their next connect:"
          action="Save changes"
          run={save}
          onClose={() => setRefused([])}
        >
          <ul>
            {refused.map((address) => (
              <li key={address}>
                <code>{address}</code>: {namesAt(address, listeners).join(', ')}
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </>
  )
}

/** As many as one call takes. */
const MAX_ADDRESSES = 1_000

function doNothing(): void {}
