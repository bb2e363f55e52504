import { useState } from 'preact/hooks'
import { useAction } from '../../../../../console/ui/dialog.tsx'
import { Facts } from '../../../../../console/ui/facts.tsx'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { TokenInspection, TokenVerdict } from '../../../contract.ts'
import type { BladeProps } from './blade.tsx'
import { isSame } from './entities.ts'
import { expiryText, REFUSALS } from './token-words.ts'

/** Any SAS token or JWT explained: what it says, and which check would refuse it here. Source: dashboard 2.2. */
export function ExplainToken({ api, namespace, entity }: BladeProps) {
  const [token, setToken] = useState('')
  const [answer, setAnswer] = useState<{ found: TokenInspection; atMs: number } | null>(null)
  const { isBusy, failure, start } = useAction(async () => {
    const found = await api.post<TokenInspection>('/tokens/inspect', {
      token,
      namespace: namespace.name,
    })
    setAnswer({ found, atMs: Date.now() })
  }, doNothing)
  return (
    <section class="card" aria-label="Explain a token">
      <h2>Explain a token</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <label class="field">
          SAS token or JWT; it is explained on the server and not kept
          <textarea
            rows={3}
            required
            spellcheck={false}
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isBusy || token.trim() === ''}>
          {isBusy ? 'Working...' : 'Explain'}
        </button>
      </form>
      <Failure failure={failure} />
      {answer && (
        <Explanation
          found={answer.found}
          atMs={answer.atMs}
          only={entity && `${namespace.name}/${entity.name}`}
        />
      )}
    </section>
  )
}

const KINDS = { sas: 'SAS token', jwt: 'JWT of Entra ID', unknown: 'not a token that is known' }

type ExplanationProps = {
  readonly found: TokenInspection
  readonly atMs: number
  /** Path of the hybrid connection that is asked about; all without. */
  readonly only: string | undefined
}

function Explanation({ found, atMs, only }: ExplanationProps) {
  const verdicts = found.verdicts.filter(
    ({ hybridConnection }) => only === undefined || isSame(hybridConnection, only),
  )
  const facts = [
    ['Kind', KINDS[found.kind]],
    ['Policy', found.rule],
    ['Audience', found.audience],
    ['Expiry', expiryText(found.expiresAt, atMs)],
  ] as const
  return (
    <div role="status">
      <Facts facts={facts} />
      <div class="scroll" role="region" aria-label="Would it be accepted" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Hybrid connection</th>
              <th scope="col">To</th>
              <th scope="col">Here</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {verdicts.map((verdict) => (
              <tr key={`${verdict.hybridConnection} ${verdict.action}`}>
                <th scope="row">{verdict.hybridConnection}</th>
                <td>{verdict.action}</td>
                <td>
                  <StateIcon
                    tone={verdict.ok ? 'good' : 'bad'}
                    word={verdict.ok ? 'accepted' : 'refused'}
                  />
                </td>
                <td>
                  <Why verdict={verdict} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function Why({ verdict }: { readonly verdict: TokenVerdict }) {
  if (verdict.code === null) return <>–</>
  return (
    <>
      <code>{verdict.code}</code> {REFUSALS[verdict.code] ?? ''}
    </>
  )
}

function doNothing(): void {}
