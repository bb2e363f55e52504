import { useState } from 'preact/hooks'
import { checkNamespaceName } from '../../../../../protocol/names.ts'
import { resource } from '../../../../../console/ui/api.ts'
import { Dialog, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { PageProps } from '../../page.ts'
import { isSame, namespacesIn } from './entities.ts'
import { FormButtons, NameField } from './form-parts.tsx'

type CreateProps = { readonly page: PageProps; readonly onClose: () => void }

/** Names are checked while they are typed. Source: dashboard 2.2. */
export function CreateNamespace({ page, onClose }: CreateProps) {
  const { api, announcer, feed } = page
  const [taken] = useState(() => namespacesIn(feed.topic('entities').peek()))
  const [name, setName] = useState('')
  const [place, setPlace] = useState('westeurope')
  const [hosts, setHosts] = useState('')
  const wrong = taken.some((row) => isSame(row.name, name))
    ? `There is a namespace ${name} already.`
    : checkNamespaceName(name)
  const { isBusy, failure, start } = useAction(async () => {
    await api.put(resource('namespaces', name), {
      location: place.trim(),
      hosts: hosts.split(/[\s,]+/).filter(Boolean),
    })
    announcer.say(`Namespace ${name} was created`)
  }, onClose)
  return (
    <Dialog title="Create namespace" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (wrong === undefined) start()
        }}
      >
        <NameField label="Name" value={name} wrong={wrong} onInput={setName} />
        <label class="field">
          Location
          <input
            value={place}
            maxLength={64}
            required
            onInput={(event) => setPlace(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          Further host names (optional, apart by blanks)
          <input
            value={hosts}
            placeholder="relay.local"
            onInput={(event) => setHosts(event.currentTarget.value)}
          />
        </label>
        <p class="note">
          It answers to {name === '' ? 'NAME' : name}.servicebus.windows.net and{' '}
          {name === '' ? 'NAME' : name}.servicebus.localhost besides.
        </p>
        <Failure failure={failure} />
        <FormButtons
          action="Create"
          isBusy={isBusy}
          isReady={wrong === undefined && place.trim() !== ''}
          onClose={onClose}
        />
      </form>
    </Dialog>
  )
}
