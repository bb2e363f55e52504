import { useEffect, useState } from 'preact/hooks'
import type { Feed } from '../../../console/ui/feed.ts'
import { count, UNKNOWN } from '../../../console/ui/format.ts'
import { StateIcon, type Tone } from '../../../console/ui/state-icon.tsx'
import type { HybridConnectionRow } from '../contract.ts'
import { findingPlace } from './finding-place.ts'
import type { PageProps } from './page.ts'
import { findingsOf, hybridConnectionsOf, overviewOf } from './rows.ts'

/** The three questions, answered on every page. Source: dashboard 1. */
export function Tiles({ feed }: PageProps) {
  const overview = overviewOf(feed.topic('overview').value)
  const findings = findingsOf(feed.topic('findings').value)
  const entities = hybridConnectionsOf(feed.topic('entities').value)
  const isLost = useLoss(feed)
  const first = findings.find(({ severity }) => severity === 'error')
  const state = stateOf(isLost, first !== undefined, overview?.state)
  return (
    <section class="tiles" aria-label="State of the relay">
      <div class={`tile ${state?.tone === 'bad' ? 'bad' : ''}`}>
        <h2>Is it working?</h2>
        <p>{state ? <StateIcon {...state} /> : UNKNOWN}</p>
        <p>{overview ? `${overview.open} open, ${overview.newPerSecond} new/s` : UNKNOWN}</p>
      </div>
      <div class="tile">
        <h2>Who is connected?</h2>
        <p>
          {overview
            ? `${count(overview.listeners, 'listener')}, ${count(overview.senders, 'sender')}`
            : UNKNOWN}
        </p>
        <p>{overview ? silenceOf(entities) : UNKNOWN}</p>
      </div>
      <div class={`tile ${first ? 'bad' : ''}`}>
        <h2>Where does it break?</h2>
        <p>
          {first ? (
            <a href={findingPlace(first)}>
              {first.hop}: {first.why}
            </a>
          ) : (
            'Nothing seen to fail'
          )}
        </p>
        {first && <p>{first.namespace + '/' + first.hybridConnection}</p>}
      </div>
    </section>
  )
}

/** How long the feed may be away before the relay counts as not reachable, ms. Source: dashboard 1. */
const LOST_AFTER_MS = 2_000
/** Hybrid connections that the second tile names. */
const NAMED = 3

/** True when the feed has been lost for longer than two seconds. */
function useLoss({ status }: Feed): boolean {
  const { lostAtMs } = status.value
  const [isLong, setIsLong] = useState(false)
  useEffect(() => {
    setIsLong(false)
    if (lostAtMs === null) return undefined
    const leftMs = Math.max(0, lostAtMs + LOST_AFTER_MS - Date.now())
    const timer = setTimeout(() => setIsLong(true), leftMs)
    return () => clearTimeout(timer)
  }, [lostAtMs])
  return lostAtMs !== null && isLong
}

function stateOf(
  isLost: boolean,
  isFailing: boolean,
  state: 'failing' | 'working' | 'idle' | undefined,
): { readonly tone: Tone; readonly word: string } | undefined {
  if (isLost) return { tone: 'bad', word: 'Not reachable' }
  if (isFailing || state === 'failing') return { tone: 'bad', word: 'Failing' }
  if (state === undefined) return undefined
  return state === 'working' ? { tone: 'good', word: 'Working' } : { tone: 'calm', word: 'Idle' }
}

function silenceOf(entities: readonly HybridConnectionRow[]): string {
  const silent = entities.filter(({ listenerCount }) => listenerCount === 0)
  if (silent.length === 0) {
    return entities.length === 0 ? 'No hybrid connection yet' : 'Every one has a listener'
  }
  const names = silent.slice(0, NAMED).map(({ name }) => name)
  const rest = silent.length - names.length
  return `Nobody on ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
