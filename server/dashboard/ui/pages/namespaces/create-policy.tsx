import { useState } from 'preact/hooks'
import { type Claim, CLAIMS } from '../../../../../protocol/entity.ts'
import { checkRights, checkRuleName } from '../../../../../protocol/names.ts'
import { resource } from '../../../../../console/ui/api.ts'
import { Dialog, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { PageProps } from '../../page.ts'
import { isSame, partsOf, type RuleFacts, type Scope } from './entities.ts'
import { FormButtons, NameField } from './form-parts.tsx'

type CreateProps = {
  readonly page: PageProps
  readonly scope: Scope
  readonly taken: readonly string[]
  readonly onClose: () => void
}

export function CreatePolicy({ page, scope, taken, onClose }: CreateProps) {
  const [known] = useState(taken)
  const [name, setName] = useState('')
  const [rights, setRights] = useState<readonly Claim[]>([])
  const wrong = known.some((one) => isSame(one, name))
    ? `There is a policy ${name} already.`
    : checkRuleName(name)
  const { isBusy, failure, start } = useAction(async () => {
    await page.api.put(resource(...partsOf(scope), 'authorizationRules', name), { rights })
    page.announcer.say(`Policy ${name} was added`)
  }, onClose)
  return (
    <Dialog title="Add policy" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <NameField label="Policy name" value={name} wrong={wrong} onInput={setName} />
        <ClaimBoxes rights={rights} onChange={setRights} />
        <Failure failure={failure} />
        <FormButtons
          action="Add"
          isBusy={isBusy}
          isReady={wrong === undefined && checkRights(rights) === undefined}
          onClose={onClose}
        />
      </form>
    </Dialog>
  )
}

type ChangeProps = {
  readonly page: PageProps
  readonly rule: RuleFacts
  readonly onClose: () => void
}

/** Claims of a policy that is there; its keys stay. */
export function ChangeClaims({ page, rule, onClose }: ChangeProps) {
  const [rights, setRights] = useState<readonly Claim[]>(rule.rights)
  const { isBusy, failure, start } = useAction(async () => {
    await page.api.put(resource(...partsOf(rule), 'authorizationRules', rule.name), { rights })
    page.announcer.say(`The claims of ${rule.name} were changed`)
  }, onClose)
  return (
    <Dialog title={`Claims of ${rule.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <ClaimBoxes rights={rights} onChange={setRights} />
        <p class="note">The keys stay. Tokens get the new claims at once, with their next use.</p>
        <Failure failure={failure} />
        <FormButtons
          action="Save changes"
          isBusy={isBusy}
          isReady={checkRights(rights) === undefined}
          onClose={onClose}
        />
      </form>
    </Dialog>
  )
}

type BoxesProps = {
  readonly rights: readonly Claim[]
  readonly onChange: (rights: readonly Claim[]) => void
}

/** Manage ticks the other two and locks them. Source: dashboard 2.2. */
function ClaimBoxes({ rights, onChange }: BoxesProps) {
  const isManaging = rights.includes('Manage')
  const toggle = (claim: Claim, isOn: boolean) => {
    if (claim === 'Manage' && isOn) return onChange(CLAIMS)
    onChange(CLAIMS.filter((one) => (one === claim ? isOn : rights.includes(one))))
  }
  return (
    <fieldset class="checks">
      <legend>Claims</legend>
      {CLAIMS.toReversed().map((claim) => (
        <label key={claim} class="check">
          <input
            type="checkbox"
            checked={rights.includes(claim)}
            disabled={isManaging && claim !== 'Manage'}
            onChange={(event) => toggle(claim, event.currentTarget.checked)}
          />
          {claim}
        </label>
      ))}
    </fieldset>
  )
}
