import { useState } from 'preact/hooks'
import { resource } from '../../../../../console/ui/api.ts'
import { Dialog } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { checkHybridConnectionName, checkNamespaceName } from '../../../../../protocol/names.ts'
import type { AppRow } from '../../../contract.ts'
import type { PageProps } from '../../page.ts'
import { hybridConnectionsOf, namespacesOf, overviewOf } from '../../rows.ts'
import { entitySteps, Unfinished, useSteps } from '../namespaces/creation.tsx'
import { EndpointFields, FormButtons, NameField } from '../namespaces/form-parts.tsx'
import { attachmentPath, isPair, isSame, labelOf } from './app-names.ts'
import { adviseEndpoint } from './endpoint-advice.ts'

type CreateProps = {
  readonly page: PageProps
  readonly app: AppRow
  readonly onClose: () => void
}

/** Choice of the list that stands for a namespace to be made. */
const NEW = ''

/** Writes entity, metadata and both rules as App Service does, then attaches it. Source: dashboard 2.6. */
export function CreateAttached({ page, app, onClose }: CreateProps) {
  const { api, announcer, feed } = page
  const entities = feed.topic('entities').peek()
  const [namespaces] = useState(() => namespacesOf(entities))
  const [taken] = useState(() => hybridConnectionsOf(entities))
  const [isLoose] = useState(() => overviewOf(feed.topic('overview').peek())?.loose ?? false)
  const [name, setName] = useState('')
  const [host, setHost] = useState('')
  const [port, setPort] = useState('')
  const [chosen, setChosen] = useState(namespaces[0]?.name ?? NEW)
  const [newName, setNewName] = useState('')
  const [region, setRegion] = useState(app.location)
  const namespace = chosen === NEW ? newName : chosen
  const wrongName = taken.some((row) => isPair(row, { namespace, name }))
    ? `There is a hybrid connection ${name} in ${namespace} already: add it instead.`
    : checkHybridConnectionName(name)
  const wrongNamespace =
    chosen !== NEW
      ? undefined
      : namespaces.some((row) => isSame(row.name, newName))
        ? `There is a namespace ${newName} already.`
        : checkNamespaceName(newName)
  const advice = adviseEndpoint(host.trim(), port.trim(), isLoose)
  const isReady = wrongName === undefined && wrongNamespace === undefined && advice.error === null
  const { isBusy, failure, start, halt } = useSteps(
    () => [
      ...(chosen === NEW
        ? [
            {
              makes: `namespace ${namespace}`,
              run: () => api.put(resource('namespaces', namespace), { location: region }),
            },
          ]
        : []),
      ...entitySteps(api, {
        namespace,
        name,
        requiresClientAuthorization: true,
        userMetadata: advice.userMetadata,
        hasRules: true,
      }),
      {
        makes: `its place in ${labelOf(app)}`,
        run: () => api.put(attachmentPath(app, { namespace, name })),
      },
    ],
    () => {
      announcer.say(`Hybrid connection ${name} was created and added to ${labelOf(app)}`)
      onClose()
    },
  )
  const isTyped = host !== '' && port !== ''
  return (
    <Dialog title="Create new hybrid connection" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) start()
        }}
      >
        <NameField
          label="Hybrid Connection name"
          value={name}
          wrong={wrongName}
          onInput={setName}
        />
        <EndpointFields host={host} port={port} onHost={setHost} onPort={setPort} />
        <p class={isTyped && advice.error !== null ? 'wrong' : 'note'} role="status" data-advice>
          {isTyped
            ? (advice.error ?? (advice.warning && `Warning: ${advice.warning}`) ?? ' ')
            : ' '}
        </p>
        <label class="field">
          Service Bus namespace
          <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {namespaces.map((row) => (
              <option key={row.name} value={row.name}>
                {row.name} ({row.location})
              </option>
            ))}
            <option value={NEW}>Create new</option>
          </select>
        </label>
        {chosen === NEW && (
          <>
            <NameField
              label="Namespace name"
              value={newName}
              wrong={wrongNamespace}
              onInput={setNewName}
            />
            <label class="field">
              Location
              <input
                value={region}
                required
                onInput={(event) => setRegion(event.currentTarget.value)}
              />
            </label>
          </>
        )}
        <Failure failure={failure} />
        <Unfinished halt={halt} />
        <FormButtons action="Create" isBusy={isBusy} isReady={isReady} onClose={onClose} />
      </form>
    </Dialog>
  )
}
