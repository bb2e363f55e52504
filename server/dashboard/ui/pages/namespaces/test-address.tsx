import { useState } from 'preact/hooks'
import type { Api } from '../../../../../console/ui/api.ts'
import { useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { AddressJudgement } from '../../../contract.ts'
import { type Draft, written } from './network-draft.ts'

type TestProps = { readonly api: Api; readonly path: string; readonly draft: Draft }

/** Says which rule decides about an address, by the rules as they stand on the page. */
export function TestAddress({ api, path, draft }: TestProps) {
  const [address, setAddress] = useState('')
  const [judged, setJudged] = useState<AddressJudgement | null>(null)
  const { isBusy, failure, start } = useAction(async () => {
    setJudged(null)
    const { items } = await api.post<{ items: AddressJudgement[] }>(`${path}/test`, {
      addresses: [address.trim()],
      rules: written(draft),
    })
    setJudged(items[0] ?? null)
  }, doNothing)
  return (
    <section class="card" aria-label="Test an address">
      <h2>Test an address</h2>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <label>
          <span class="unseen">Address</span>
          <input
            value={address}
            placeholder="10.0.0.5"
            spellcheck={false}
            onInput={(event) => {
              setAddress(event.currentTarget.value)
              setJudged(null)
            }}
          />
        </label>
        <button type="submit" disabled={isBusy || address.trim() === ''}>
          Test
        </button>
        <span role="status">
          {judged && (
            <StateIcon
              tone={judged.isAdmitted ? 'good' : 'bad'}
              word={`${judged.address} is ${judged.isAdmitted ? 'let in' : 'refused'}: ${reason(judged, draft)}`}
            />
          )}
        </span>
      </form>
      <p class="note">By the rules as they stand above, saved or not.</p>
      <Failure failure={failure} />
    </section>
  )
}

function reason({ decidedBy, rule }: AddressJudgement, draft: Draft): string {
  switch (decidedBy) {
    case 'ipRule':
      return `rule ${rule?.ipMask} ${rule?.action} decides`
    case 'defaultAction':
      return `no rule holds it, the default action is ${draft.defaultAction}`
    case 'publicNetworkAccess':
      return 'public network access is disabled'
  }
}

function doNothing(): void {}
