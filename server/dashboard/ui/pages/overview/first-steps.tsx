import { useState } from 'preact/hooks'
import type { Api } from '../../../../../console/ui/api.ts'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { HybridConnectionRow, OverviewRow } from '../../../contract.ts'
import { connectionString } from './connection-strings.ts'

type StepsProps = {
  readonly api: Api
  readonly overview: OverviewRow
  readonly entities: readonly HybridConnectionRow[]
}

/** How somebody gets going: shown until everything has happened once or it is closed. Source: dashboard 2.1. */
export function FirstSteps({ api, overview, entities }: StepsProps) {
  const { seen } = overview
  const [isFirstRun] = useState(!seen.listener)
  const [isClosed, setIsClosed] = useState(false)
  const hasServed = seen.tunnel || seen.answer
  if (!isFirstRun || isClosed || (seen.listener && hasServed)) return null
  const entity =
    entities.find((each) => each.requiresClientAuthorization && each.endpoint) ?? entities[0]
  const steps = [
    {
      isDone: entities.length > 0,
      text: 'See what runs here, and what programs need to reach it',
      command: 'relay-emulator env',
      copy: () => 'relay-emulator env',
    },
    {
      isDone: seen.listener,
      text: 'Have an agent listen on the side of the endpoint',
      command: 'hcm add "..."',
      copy: async () =>
        `hcm add "${entity ? await connectionString(api, entity, 'Listen') : 'CONNECTION-STRING'}"`,
    },
    {
      isDone: hasServed,
      text: 'Forward a local port as the app does',
      command: 'relay-emulator app forward --connect "..."',
      copy: async () =>
        `relay-emulator app forward --connect "${entity ? await connectionString(api, entity, 'Send') : 'CONNECTION-STRING'}"`,
    },
    {
      isDone: hasServed,
      text: 'Go through it, to the port that it printed',
      command: 'curl http://localhost:PORT/',
      copy: () => 'curl http://localhost:PORT/',
    },
  ]
  return (
    <section class="card" aria-label="First steps">
      <div class="heading">
        <h2>First steps</h2>
        <span class="spread" />
        <button type="button" class="quiet" onClick={() => setIsClosed(true)}>
          Close
        </button>
      </div>
      <ol class="steps">
        {steps.map(({ isDone, text, command, copy }) => (
          <li key={command}>
            <StateIcon tone={isDone ? 'good' : 'calm'} word={isDone ? 'done' : 'to do'} />
            <span>{text}</span>
            <span class="command">
              <code>{command}</code>
              <CopyButton what={command} text={copy} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
