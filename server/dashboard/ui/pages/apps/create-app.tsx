import { useState } from 'preact/hooks'
import { Dialog, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { AppRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { appsOf, plansOf } from '../../rows.ts'
import { FormButtons, NameField } from '../namespaces/form-parts.tsx'
import { appPath, isSame, labelOf, SYSTEMS, systemName } from './app-names.ts'

type CreateProps = {
  readonly page: PageProps
  /** The app that gets a slot; null for a new app. */
  readonly parent: AppRow | null
  readonly onClose: () => void
}

/** A new app, or a slot of one. */
export function CreateApp({ page, parent, onClose }: CreateProps) {
  const { api, announcer, feed } = page
  const view = feed.topic('entities').peek()
  const [plans] = useState(() => plansOf(view))
  const [apps] = useState(() => appsOf(view))
  const [name, setName] = useState('')
  const [planId, setPlanId] = useState(() => (plans[0] ? `${plans[0].group}/${plans[0].plan}` : ''))
  const [os, setOs] = useState<AppRow['os'] | ''>('')
  const row = parent ? { app: parent.app, slot: name } : { app: name, slot: null }
  const plan = plans.find((each) => `${each.group}/${each.plan}` === planId)
  const wrong = apps.some((each) => isSame(labelOf(each), labelOf(row)))
    ? `There is ${parent ? 'a slot' : 'an app'} ${name} already.`
    : checkSiteName(name)
  const isReady = wrong === undefined && (parent !== null || plan !== undefined)
  const { isBusy, failure, start } = useAction(async () => {
    await api.put(
      appPath(row),
      parent ? {} : { plan: plan?.plan ?? '', group: plan?.group ?? '', ...(os !== '' && { os }) },
    )
    announcer.say(`${labelOf(row)} was created`)
  }, onClose)
  return (
    <Dialog title={parent ? `Create slot of ${parent.app}` : 'Create app'} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) start()
        }}
      >
        <NameField label="Name" value={name} wrong={wrong} onInput={setName} />
        {!parent && (
          <>
            <label class="field">
              Plan
              <select value={planId} onChange={(event) => setPlanId(event.currentTarget.value)}>
                {plans.map((each) => (
                  <option key={`${each.group}/${each.plan}`} value={`${each.group}/${each.plan}`}>
                    {each.plan} ({each.sku}, {each.location}, {each.group})
                  </option>
                ))}
              </select>
            </label>
            <label class="field">
              OS
              <select
                value={os}
                onChange={(event) => setOs(event.currentTarget.value as AppRow['os'] | '')}
              >
                <option value="">
                  {plan ? `${systemName(plan.os)}, as the plan` : 'as the plan'}
                </option>
                {SYSTEMS.map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
          </>
        )}
        <Failure failure={failure} />
        <FormButtons action="Create" isBusy={isBusy} isReady={isReady} onClose={onClose} />
      </form>
    </Dialog>
  )
}

/** Letters, digits and hyphens, as the host name of an app asks for. */
function checkSiteName(name: string): string | undefined {
  if (name.length < 2 || name.length > 60) return 'A name has 2 to 60 characters.'
  if (!/^[a-z0-9][a-z0-9-]*[a-z0-9]$/i.test(name)) {
    return 'A name has letters, digits and hyphens, and no hyphen at either end.'
  }
  return undefined
}
