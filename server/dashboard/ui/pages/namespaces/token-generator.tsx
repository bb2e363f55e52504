import { isLost } from '../../../../../console/ui/feed.ts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { resource } from '../../../../../console/ui/api.ts'
import type { PageProps } from '../../page.ts'
import { overviewOf } from '../../rows.ts'
import { hybridConnectionsIn, partsOf, type RuleFacts } from './entities.ts'
import { Moment } from './moment.tsx'
import { type TokenForm, TOKEN_FORMS, writeToken } from './token-forms.ts'

type GeneratorProps = { readonly page: PageProps; readonly rule: RuleFacts }
type Minted = { readonly token: string; readonly expiresAt: string }

const LIVES = [
  ['300', '5 minutes'],
  ['3600', '1 hour'],
  ['86400', '24 hours'],
  ['custom', 'Custom'],
] as const

/** Mints a token on the server; it is shown once and kept nowhere. Source: dashboard 2.2. */
export function TokenGenerator({ page, rule }: GeneratorProps) {
  const { api, feed } = page
  const entities = hybridConnectionsIn(feed.topic('entities').value, rule.namespace)
  const [entity, setEntity] = useState('')
  const [right, setRight] = useState<string>(rule.rights.at(-1) ?? 'Listen')
  const [life, setLife] = useState('3600')
  const [seconds, setSeconds] = useState('60')
  const [form, setForm] = useState<TokenForm>('token')
  const [minted, setMinted] = useState<Minted | null>(null)
  const claim = rule.rights.find((one) => one === right) ?? rule.rights[0] ?? 'Listen'
  const ttlSeconds = Number(life === 'custom' ? seconds : life)
  const { isBusy, failure, start } = useAction(async () => {
    const path = resource(...partsOf(rule), 'authorizationRules', rule.name, 'tokens')
    setMinted(
      await api.post<Minted>(path, {
        right: claim,
        ttlSeconds,
        ...(rule.hybridConnection === null && entity !== '' && { hybridConnection: entity }),
      }),
    )
  }, doNothing)
  const relayUrl = overviewOf(feed.topic('overview').value)?.urls.relay ?? ''
  const written = minted && {
    text: writeToken(form, minted.token, {
      relayUrl,
      entity: rule.hybridConnection ?? (entity === '' ? entities[0]?.name : entity) ?? 'NAME',
      action: claim === 'Listen' ? 'listen' : 'connect',
    }),
  }
  return (
    <section aria-label="Token generator">
      <h3>Token generator</h3>
      <form
        class="token-form"
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <label class="field">
          For
          <select
            value={rule.hybridConnection ?? entity}
            disabled={rule.hybridConnection !== null}
            onChange={(event) => setEntity(event.currentTarget.value)}
          >
            {rule.hybridConnection === null && <option value="">whole namespace</option>}
            {(rule.hybridConnection === null
              ? entities.map(({ name }) => name)
              : [rule.hybridConnection]
            ).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Claim
          <select value={claim} onChange={(event) => setRight(event.currentTarget.value)}>
            {rule.rights.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Life
          <select value={life} onChange={(event) => setLife(event.currentTarget.value)}>
            {LIVES.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
        {life === 'custom' && (
          <label class="field">
            Seconds
            <input
              type="number"
              min={1}
              max={315_360_000}
              required
              value={seconds}
              onInput={(event) => setSeconds(event.currentTarget.value)}
            />
          </label>
        )}
        <label class="field">
          Output
          <select
            value={form}
            onChange={(event) => setForm(event.currentTarget.value as TokenForm)}
          >
            {TOKEN_FORMS.map(({ form: value, title }) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={isBusy || isLost(feed)}>
          {isBusy ? 'Working...' : 'Create token'}
        </button>
      </form>
      <Failure failure={failure} />
      {minted && written && (
        <Output text={written.text} expiresAt={minted.expiresAt} onHide={() => setMinted(null)} />
      )}
    </section>
  )
}

type OutputProps = {
  readonly text: string
  readonly expiresAt: string
  readonly onHide: () => void
}

function Output({ text, expiresAt, onHide }: OutputProps) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), [text])
  return (
    <div class="minted" ref={place}>
      <p class="note">
        Shown once and kept nowhere. It ends <Moment at={expiresAt} />.
      </p>
      <textarea readOnly rows={4} aria-label="Token" value={text} />
      <div class="tools">
        <CopyButton what="token" text={() => text} />
        <button type="button" onClick={onHide}>
          Hide
        </button>
      </div>
    </div>
  )
}

function doNothing(): void {}
