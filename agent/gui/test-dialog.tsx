import { useState } from 'preact/hooks'
import type { Api } from '../../console/ui/api.ts'
import { Dialog, useAction } from '../../console/ui/dialog.tsx'
import { Failure } from '../../console/ui/failure.tsx'
import { formatDuration } from '../../console/ui/format.ts'
import { StateIcon, type Tone } from '../../console/ui/state-icon.tsx'
import type { CheckRow, TestAnswer } from '../contract.ts'

type TestProps = {
  readonly api: Api
  readonly target: string
  readonly onClose: () => void
}

const CHECKS = [
  { name: 'resolve', what: 'The name resolves' },
  { name: 'connect', what: 'TCP connects' },
  { name: 'relay', what: 'The relay answers' },
] as const

/** The three checks of `hcm test`, made where the agent runs. Source: dashboard 5, Test. */
export function TestDialog({ api, target: first, onClose }: TestProps) {
  const [target, setTarget] = useState(first)
  const [answer, setAnswer] = useState<TestAnswer | null>(null)
  const test = useAction(
    async () => {
      setAnswer(null)
      setAnswer(await api.post<TestAnswer>('/tests', { target: target.trim() }))
    },
    () => undefined,
  )
  return (
    <Dialog title="Test" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (target.trim() !== '') test.start()
        }}
      >
        <label class="field">
          HOST:PORT of an endpoint, or the NAMESPACE of a relay
          <input
            autofocus
            value={target}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setTarget(event.currentTarget.value)}
          />
        </label>
        <p class="note">The agent makes the checks, from the machine that it runs on.</p>
        {(test.isBusy || answer) && (
          <ul class="checks" aria-label="Checks">
            {CHECKS.map(({ name, what }) => (
              <Check
                key={name}
                what={what}
                check={answer?.checks.find((check) => check.name === name)}
              />
            ))}
          </ul>
        )}
        {answer?.warnings.map((warning) => (
          <p key={warning} class="note">
            {warning}
          </p>
        ))}
        <Failure failure={test.failure} />
        <p class="buttons">
          <button type="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" class="primary" disabled={test.isBusy || target.trim() === ''}>
            {test.isBusy ? 'Testing...' : 'Test'}
          </button>
        </p>
      </form>
    </Dialog>
  )
}

function Check({ what, check }: { readonly what: string; readonly check: CheckRow | undefined }) {
  const [tone, word] = stateOf(check)
  return (
    <li>
      <StateIcon tone={tone} word={word} />
      <span>{what}</span>
      <span class="length">{check && check.ok !== null ? formatDuration(check.ms) : ''}</span>
      <span class="detail">{check?.detail ?? ''}</span>
    </li>
  )
}

function stateOf(check: CheckRow | undefined): readonly [Tone, string] {
  if (!check) return ['calm', 'Checking']
  if (check.ok === null) return ['calm', 'Not tried']
  return check.ok ? ['good', 'Pass'] : ['bad', 'Fail']
}
