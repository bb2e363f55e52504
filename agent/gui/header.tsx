import { useEffect, useState } from 'preact/hooks'
import { Command } from '../../console/ui/command.tsx'
import type { Feed } from '../../console/ui/feed.ts'
import type { Preferences, Theme } from '../../console/ui/preferences.ts'
import { StateIcon } from '../../console/ui/state-icon.tsx'
import type { ServiceRow } from '../contract.ts'

type HeaderProps = {
  readonly feed: Feed
  readonly preferences: Preferences
  readonly service: ServiceRow | undefined
  readonly onHelp: () => void
  readonly onNotice: () => void
}

/** Which agent this is, and whether it runs. Source: dashboard 5. */
export function Header({ feed, preferences, service, onHelp, onNotice }: HeaderProps) {
  const light = useLight(feed)
  return (
    <>
      <header class="bar">
        <h1>Hybrid Connection Manager</h1>
        <span class="spread" />
        <span>
          Service: <ServiceLight light={light} />
        </span>
        {service && (
          <>
            <span class="agent-name">{service.name}</span>
            <span class="note">v{service.version}</span>
            {service.latest !== null && (
              <button type="button" class="badge" onClick={onNotice}>
                New version {service.latest}: how to upgrade
              </button>
            )}
          </>
        )}
        <label>
          <span class="unseen">Theme</span>
          <select
            value={preferences.theme.value}
            onChange={(event) => {
              preferences.theme.value = event.currentTarget.value as Theme
            }}
          >
            <option value="system">System</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
        <button type="button" aria-label="Keys" onClick={onHelp}>
          ?
        </button>
      </header>
      {light === 'Not reachable' && (
        <section class="unreachable" aria-label="How to start the service">
          The service does not answer. Start it: <Command text="hcm run" /> or{' '}
          <Command text="hcm service start" />
        </section>
      )}
    </>
  )
}

type Light = 'Running' | 'Checking' | 'Not reachable'

function ServiceLight({ light }: { readonly light: Light }) {
  const tone = light === 'Running' ? 'good' : light === 'Checking' ? 'calm' : 'bad'
  return <StateIcon tone={tone} word={light} />
}

/** A page that has just been opened is given a moment. */
function useLight(feed: Feed): Light {
  const [isYoung, setIsYoung] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => setIsYoung(false), CHECKING_MS)
    return () => clearTimeout(timer)
  }, [])
  if (feed.status.value.phase === 'live') return 'Running'
  return isYoung ? 'Checking' : 'Not reachable'
}

/** Source: dashboard 5, Service light. */
const CHECKING_MS = 2_000
