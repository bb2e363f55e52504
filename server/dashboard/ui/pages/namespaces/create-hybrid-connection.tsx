import { useState } from 'preact/hooks'
import { checkHybridConnectionName } from '../../../../../protocol/names.ts'
import { formatUserMetadata, parseEndpoint } from '../../../../../protocol/user-metadata.ts'
import { resource } from '../../../../../console/ui/api.ts'
import { Dialog, useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { PageProps } from '../../page.ts'
import { hybridConnectionsIn, isSame, partsOf } from './entities.ts'
import { FormButtons, NameField } from './form-parts.tsx'

type CreateProps = {
  readonly page: PageProps
  readonly namespace: string
  readonly onClose: () => void
}

/** The two policies that App Service and its agent look for. Source: dashboard 2.6. */
const DEFAULT_RULES = [
  ['defaultListener', 'Listen'],
  ['defaultSender', 'Send'],
] as const

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
  const { isBusy, failure, start } = useAction(
    async () => {
      const parts = partsOf({ namespace, hybridConnection: name })
      await api.put(resource(...parts), {
        requiresClientAuthorization,
        ...(endpoint !== '' && { userMetadata: formatUserMetadata({ endpoint: endpoint ?? '' }) }),
      })
      for (const [rule, right] of hasRules ? DEFAULT_RULES : []) {
        await api.put(resource(...parts, 'authorizationRules', rule), { rights: [right] })
      }
      announcer.say(`Hybrid connection ${name} was created`)
    },
    () => {
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
        <div class="field-row">
          <label class="field wide">
            Endpoint hostname
            <input
              value={host}
              placeholder="db.corp.local"
              spellcheck={false}
              onInput={(event) => setHost(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            Endpoint port
            <input
              value={port}
              placeholder="5432"
              inputMode="numeric"
              onInput={(event) => setPort(event.currentTarget.value)}
            />
          </label>
        </div>
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
