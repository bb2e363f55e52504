import type { CaseResult } from '../case.ts'
import { summarize } from './report.ts'

/** The first lines of TAP 14. */
export function tapHead(total: number, subject: string): string {
  return `TAP version 14\n# ${comment(subject)}\n1..${total}\n`
}

/**
 * One test point. What fails no run is a point with a TODO, so that every reader of TAP agrees with the exit code: a
 * SHOULD that does not hold, an assumption that the subject does not share.
 */
export function tapPoint(result: CaseResult, number: number): string {
  const { id, title, status, level, reason } = result
  const isOk = status === 'passed' || status === 'notRun'
  const directive =
    status === 'notRun'
      ? ` # SKIP not run: ${escape(reason ?? '')}`
      : status === 'differs' || (status === 'failed' && level !== 'MUST')
        ? ` # TODO ${level}`
        : ''
  const point = `${isOk ? 'ok' : 'not ok'} ${number} - ${escape(`${id}: ${title}`)}${directive}\n`
  return status === 'notRun' ? point : `${point}${diagnostics(result)}`
}

/** The last line, for people. */
export function tapEnd(run: Parameters<typeof summarize>[0]): string {
  return `# ${summarize(run)}\n`
}

/** Texts of JSON are texts of YAML. */
function diagnostics({ level, source, durationMs, reason, notes }: CaseResult): string {
  const members: [string, unknown][] = [
    ['level', level],
    ['source', `relay-protocol ${source}`],
    ['duration_ms', durationMs],
    ...(reason === undefined ? [] : [['message', reason] as [string, unknown]]),
    ...(notes.length === 0 ? [] : [['observed', notes] as [string, unknown]]),
  ]
  const lines = members.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`)
  return `  ---\n${lines.join('')}  ...\n`
}

function escape(text: string): string {
  return comment(text).replace(/[\\#]/g, '\\$&')
}

function comment(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}
