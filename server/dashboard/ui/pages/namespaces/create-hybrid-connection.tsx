import { useState } from 'preact/hooks'
import { checkHybridConnectionName } from '../../../../../protocol/names.ts'
import { formatUserMetadata, parseEndpoint } from '../../../../../protocol/user-metadata.ts'
import { Dialog } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { PageProps } from '../../page.ts'
import { entitySteps, Unfinished, useSteps } from './creation.tsx'
import { hybridConnectionsIn, isSame } from './entities.ts'
import { EndpointFields, FormButtons, NameField } from './form-parts.tsx'

type CreateProps = {
  readonly page: PageProps
  readonly namespace: string
  readonly onClose: () => void
}

/** Writes the entity with its endpoint and, if wanted, the two policies that App Service makes. */
export function CreateHybridConnection({ page, namespace, onClose }: CreateProps) {
  const { api, announcer, feed, location } = page
  const [taken] = useState(() => hybridConnectionsIn(feed.topic('entities').peek(), namespace))
  const [name, setName] = useState('')
  const [host, setHost] = useState('')
  const [port, setPort] = useState('')
  const [requiresClientAuthorization, setAuthorization] = useState(true)
  const [hasRules, setHasRules] = useState(true)
  const wrongName = taken.some((row) => isSame(row.name, name))
    ? `There is a hybrid connection ${name} already.`
    : checkHybridConnectionName(name)
  const endpoint = endpointOf(host.trim(), port.trim())
  const { isBusy, failure, start, halt } = useSteps(
    () =>
      entitySteps(api, {
        namespace,
        name,
        requiresClientAuthorization,
        ...(endpoint !== '' && { userMetadata: formatUserMetadata({ endpoint: endpoint ?? '' }) }),
        hasRules,
      }),
    () => {
      announcer.say(`Hybrid connection ${name} was created`)
      onClose()
      location.go(['hc', namespace, name])
    },
  )
  return (
    <Dialog title="Create hybrid connection" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (wrongName === undefined && endpoint !== undefined) start()
        }}
      >
        <NameField
          label="Hybrid Connection name"
          value={name}
          wrong={wrongName}
          onInput={setName}
        />
        <EndpointFields host={host} port={port} onHost={setHost} onPort={setPort} />
        <p class={endpoint === undefined ? 'wrong' : 'note'} role="status">
          {endpoint === undefined
            ? 'An endpoint is a host name and a port from 1 to 65535.'
            : 'The endpoint is what the agent connects to; both fields may stay empty.'}
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={requiresClientAuthorization}
            onChange={(event) => setAuthorization(event.currentTarget.checked)}
          />
          Requires client authorization (cannot be changed afterwards)
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={hasRules}
            onChange={(event) => setHasRules(event.currentTarget.checked)}
          />
          Policies defaultListener (Listen) and defaultSender (Send)
        </label>
        <Failure failure={failure} />
        <Unfinished halt={halt} />
        <FormButtons
          action="Create"
          isBusy={isBusy}
          isReady={wrongName === undefined && endpoint !== undefined}
          onClose={onClose}
        />
      </form>
    </Dialog>
  )
}

/** `HOST:PORT`, empty for none, undefined for what is not one. */
function endpointOf(host: string, port: string): string | undefined {
  if (host === '' && port === '') return ''
  const text = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return parseEndpoint(text) && text
}
