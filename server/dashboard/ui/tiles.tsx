import type { PageProps } from './page.ts'
import { findingsOf, hybridConnectionsOf, overviewOf } from './rows.ts'

/** The three questions, answered on every page. Source: dashboard 1. */
export function Tiles({ feed }: PageProps) {
  const overview = overviewOf(feed.topic('overview').value)
  const findings = findingsOf(feed.topic('findings').value)
  const entities = hybridConnectionsOf(feed.topic('entities').value)
  const isLost = feed.status.value.phase !== 'live'
  const first = findings.find(({ severity }) => severity === 'error')
  const silent = entities.filter(({ listenerCount }) => listenerCount === 0)
  const [word, icon] = isLost
    ? STATES.lost
    : STATES[first ? 'failing' : overview?.state === 'working' ? 'working' : 'idle']
  return (
    <section class="tiles" aria-label="State of the relay">
      <div class={`tile ${word === 'Failing' || isLost ? 'bad' : ''}`}>
        <h2>Is it working?</h2>
        <p>
          <span aria-hidden="true">{icon}</span> {word}
        </p>
        <p>{overview ? `${overview.open} open` : ''}</p>
      </div>
      <div class="tile">
        <h2>Who is connected?</h2>
        <p>
          {overview?.listeners ?? 0} listeners, {overview?.senders ?? 0} senders
        </p>
        <p>{silent.length > 0 ? `nobody on ${silent.map(({ name }) => name).join(', ')}` : ''}</p>
      </div>
      <div class={`tile ${first ? 'bad' : ''}`}>
        <h2>Where does it break?</h2>
        <p>{first ? `${first.hop}: ${first.why}` : 'Nothing seen to fail'}</p>
      </div>
    </section>
  )
}

const STATES = {
  lost: ['Not reachable', '✕'],
  failing: ['Failing', '✕'],
  working: ['Working', '✓'],
  idle: ['Idle', '○'],
} as const
