import { isLost } from '../../../../../console/ui/feed.ts'
import { useEffect, useState } from 'preact/hooks'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { useAction } from '../../../../../console/ui/dialog.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import type { PageProps } from '../../page.ts'
import type { Settings } from './facts.ts'

type BehaviourProps = {
  readonly page: PageProps
  readonly settings: Settings
  readonly onChange: (settings: Settings) => void
}

const PROFILES = ['2025', '2023', '2017']
const MAX_SEED = 2 ** 32 - 1

/** Values that change at once and last until the next start. */
export function Behaviour({ page, settings, onChange }: BehaviourProps) {
  const { api, announcer, feed } = page
  const [seed, setSeed] = useState(String(settings.seed))
  useEffect(() => setSeed(String(settings.seed)), [settings.seed])
  const [change, setChange] = useState<Partial<Settings>>({})
  const { isBusy, failure, start } = useAction(
    async () => {
      onChange(await api.patch<Settings>('/settings', change))
      announcer.say('Changed, until the next start')
    },
    () => {},
  )
  useEffect(() => {
    if (Object.keys(change).length > 0) start()
  }, [change])
  const isLocked = isBusy || isLost(feed)
  const isSeed = /^\d+$/.test(seed) && Number(seed) <= MAX_SEED
  const badge = (name: Settings['overridden'][number]) =>
    settings.overridden.includes(name) && <span class="badge changed">until restart</span>
  return (
    <section class="card" aria-labelledby="behaviour">
      <h2 id="behaviour">Behaviour</h2>
      <p class="note">
        A change holds at once and until the next start; the configuration file is never written.
      </p>
      <div class="setting">
        <label for="profile">Profile</label>
        <select
          id="profile"
          value={settings.profile}
          disabled={isLocked}
          onChange={(event) => setChange({ profile: event.currentTarget.value })}
        >
          {PROFILES.map((profile) => (
            <option key={profile} value={profile}>
              {profile}
            </option>
          ))}
        </select>
        {badge('profile')}
        <small class="note">
          The year whose documented limits of App Service and choice of listeners hold
        </small>
      </div>
      <form
        class="setting"
        onSubmit={(event) => {
          event.preventDefault()
          if (isSeed) setChange({ seed: Number(seed) })
        }}
      >
        <label for="seed">Seed</label>
        <span class="together">
          <input
            id="seed"
            value={seed}
            inputMode="numeric"
            autocomplete="off"
            aria-invalid={!isSeed}
            onInput={(event) => setSeed(event.currentTarget.value.trim())}
          />
          <button type="submit" disabled={isLocked || !isSeed || Number(seed) === settings.seed}>
            Set seed
          </button>
          <CopyButton what="seed" text={() => String(settings.seed)} />
        </span>
        {badge('seed')}
        <small class={isSeed ? 'note' : 'wrong'}>
          {isSeed
            ? 'Setting one starts the random choice of listeners anew; the same seed makes the same choices'
            : `A seed is a whole number from 0 to ${MAX_SEED}`}
        </small>
      </form>
      <div class="setting">
        <label for="loose">Quotas</label>
        <select
          id="loose"
          value={settings.loose ? 'loose' : 'strict'}
          disabled={isLocked}
          onChange={(event) => setChange({ loose: event.currentTarget.value === 'loose' })}
        >
          <option value="strict">strict: refused as in Azure</option>
          <option value="loose">loose: let through with a warning</option>
        </select>
        {badge('loose')}
      </div>
      <Failure failure={failure} />
    </section>
  )
}
