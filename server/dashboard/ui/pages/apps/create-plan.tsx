import { useState } from 'preact/hooks'
import { resource } from '../../../../../console/ui/api.ts'
import { Dialog, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { PlanRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { plansOf } from '../../rows.ts'
import { FormButtons, NameField } from '../namespaces/form-parts.tsx'
import { isSame, SYSTEMS } from './app-names.ts'

/** Pricing that people test with; any other name can be typed. */
const SKUS = [
  'F1',
  'D1',
  'B1',
  'B2',
  'B3',
  'S1',
  'S2',
  'S3',
  'P1v2',
  'P1v3',
  'P0v4',
  'EP1',
  'I1v2',
  'Y1',
]
const DEFAULT_GROUP = 'relay-emulator'

export function CreatePlan({
  page,
  onClose,
}: {
  readonly page: PageProps
  readonly onClose: () => void
}) {
  const { api, announcer, feed } = page
  const [plans] = useState(() => plansOf(feed.topic('entities').peek()))
  const [name, setName] = useState('')
  const [group, setGroup] = useState(DEFAULT_GROUP)
  const [sku, setSku] = useState('S1')
  const [region, setRegion] = useState('westeurope')
  const [os, setOs] = useState<PlanRow['os']>('linux')
  const wrong = plans.some((each) => isSame(each.plan, name) && isSame(each.group, group))
    ? `There is a plan ${name} in this group already.`
    : /^[\w-]{1,40}$/.test(name)
      ? undefined
      : 'A name has 1 to 40 letters, digits, hyphens and underscores.'
  const isReady = wrong === undefined && group.trim() !== '' && region.trim() !== ''
  const { isBusy, failure, start } = useAction(async () => {
    await api.put(resource('plans', group.trim(), name), { sku, location: region.trim(), os })
    announcer.say(`Plan ${name} was created`)
  }, onClose)
  return (
    <Dialog title="Create plan" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) start()
        }}
      >
        <NameField label="Name" value={name} wrong={wrong} onInput={setName} />
        <label class="field">
          SKU
          <input
            value={sku}
            list="skus"
            required
            onInput={(event) => setSku(event.currentTarget.value.trim())}
          />
          <datalist id="skus">
            {SKUS.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </label>
        <label class="field">
          Location
          <input
            value={region}
            required
            onInput={(event) => setRegion(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          OS
          <select
            value={os}
            onChange={(event) => setOs(event.currentTarget.value as PlanRow['os'])}
          >
            {SYSTEMS.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Resource group
          <input value={group} required onInput={(event) => setGroup(event.currentTarget.value)} />
        </label>
        <Failure failure={failure} />
        <FormButtons action="Create" isBusy={isBusy} isReady={isReady} onClose={onClose} />
      </form>
    </Dialog>
  )
}
