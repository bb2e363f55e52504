import type { Api } from '../../../../../console/ui/api.ts'
import { Command } from '../../../../../console/ui/command.tsx'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { formatTime } from '../../../../../console/ui/format.ts'
import { StateIcon } from '../../../../../console/ui/state-icon.tsx'
import type { FindingRow } from '../../../contract.ts'
import { findingPlace } from '../../finding-place.ts'
import { connectionString } from './connection-strings.ts'

type FindingsProps = { readonly findings: readonly FindingRow[]; readonly api: Api }

/** What is wrong now: where, why, since when, and what to do. Source: dashboard 1. */
export function FindingsList({ findings, api }: FindingsProps) {
  if (findings.length === 0) return null
  return (
    <section class="card" aria-label="Findings">
      <h2>Findings</h2>
      <ul class="findings">
        {findings.map((finding) => (
          <li key={finding.id}>
            <p class="told">
              <StateIcon
                tone={finding.severity === 'error' ? 'bad' : 'warning'}
                word={finding.hop}
              />
              <span>{finding.why}</span>
              <a href={findingPlace(finding)}>Show</a>
              <span class="spread" />
              <span class="note">
                {finding.namespace}/{finding.hybridConnection}, since{' '}
                {formatTime(finding.since).slice(0, 8)}
              </span>
            </p>
            <ul class="nexts">
              {finding.next.map((next) => (
                <li key={next}>
                  <NextStep api={api} finding={finding} text={next} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  )
}

type StepProps = { readonly api: Api; readonly finding: FindingRow; readonly text: string }

/** A command is copied with the connection string in it, which is fetched then. */
function NextStep({ api, finding, text }: StepProps) {
  const { namespace, hybridConnection: name } = finding
  if (!isCommand(text)) return <>{text}</>
  if (!text.includes(PLACEHOLDER)) return <Command text={text} />
  const right = text.startsWith('hcm') ? 'Listen' : 'Send'
  return (
    <span class="command">
      <code>{text}</code>
      <CopyButton
        what={`${text}, for ${name}`}
        text={async () => {
          const found = await connectionString(api, { namespace, name }, right)
          return text.replace(PLACEHOLDER, `"${found}"`)
        }}
      />
    </span>
  )
}

const PLACEHOLDER = 'CONNECTION-STRING'

/** Some next steps are commands to paste, others are words. */
function isCommand(text: string): boolean {
  return /^(?:hcm|relay-emulator) /.test(text) && !text.includes(', ')
}
