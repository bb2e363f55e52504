import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../../../../console/ui/api.ts'
import { Failure } from '../../../../../console/ui/failure.tsx'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { HybridConnectionRow, LintFinding } from '../../../contract.ts'
import { endpointText } from './entities.ts'
import { placeOf } from './metadata-text.ts'

type FindingsProps = {
  readonly api: Api
  readonly text: string
  /** Takes the whole text put right. */
  readonly onFix: (text: string) => void
}

type Judgement = {
  readonly findings: readonly LintFinding[]
  readonly endpoint: HybridConnectionRow['endpoint']
}

/** A person who types is not judged at every key. */
const AFTER_MS = 150

/** What the linter says of the text as it stands now. Source: dashboard 2.2, Linter. */
export function MetadataFindings({ api, text, onFix }: FindingsProps) {
  const [judged, setJudged] = useState<{ text: string; judgement: Judgement } | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  useEffect(() => {
    let isOver = false
    const timer = setTimeout(() => {
      api.post<Judgement>('/metadata/lint', { userMetadata: text }).then(
        (judgement) => {
          if (isOver) return
          setJudged({ text, judgement })
          setFailure(null)
        },
        (error: Error) => {
          if (!isOver) setFailure(error)
        },
      )
    }, AFTER_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [api, text])
  const judgement = judged?.text === text ? judged.judgement : null
  return (
    <section aria-label="Linter" class="findings-box" role="status">
      <Failure failure={failure} />
      {judgement === null && failure === null && <p class="note">Checking...</p>}
      {judgement?.findings.length === 0 && (
        <StateIcon
          tone="good"
          word={`Usable: the endpoint is ${endpointText(judgement.endpoint)}`}
        />
      )}
      {judgement !== null && judgement.findings.length > 0 && (
        <ul class="findings">
          {judgement.findings.map((finding) => (
            <Finding
              key={`${finding.code} ${finding.at}`}
              finding={finding}
              text={text}
              onFix={onFix}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

type FindingProps = {
  readonly finding: LintFinding
  readonly text: string
  readonly onFix: (text: string) => void
}

function Finding({ finding, text, onFix }: FindingProps) {
  const { code, level, at, message, fix } = finding
  const place = at === null ? null : placeOf(text, at)
  return (
    <li>
      <StateIcon tone={level === 'error' ? 'bad' : 'warning'} word={level} />
      <code>{code}</code>
      <span class="what">
        {message}
        {place !== null && (
          <span class="note">
            {' '}
            (line {place.line}, column {place.column})
          </span>
        )}
      </span>
      {fix !== null && (
        <button type="button" aria-label={`Fix ${code}`} onClick={() => onFix(fix)}>
          Fix
        </button>
      )}
    </li>
  )
}
