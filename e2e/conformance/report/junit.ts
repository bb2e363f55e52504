import type { CaseResult } from '../case.ts'
import { type Report, bySuite } from './report.ts'
import { escapeMarkup } from './markup.ts'

/** JUnit's XML. Only a MUST that does not hold is a failure; what else did not hold is skipped, with its reason. */
export function junitReport(report: Report): string {
  const suites = bySuite(report.results).map(([suite, results]) => {
    const failures = results.filter(isFailure).length
    const skipped = results.filter((result) => result.status !== 'passed').length - failures
    const attributes = `name="${escapeMarkup(`${report.role}.${suite}`)}" tests="${results.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds(sum(results))}" timestamp="${report.startedAt}"`
    return `  <testsuite ${attributes}>\n${results.map(testCase).join('')}  </testsuite>\n`
  })
  const { counts, durationMs, subject } = report
  const attributes = `name="${escapeMarkup(subject)}" tests="${counts.total}" failures="${counts.failedMust}" errors="0" time="${seconds(durationMs)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${suites.join('')}</testsuites>\n`
}

function testCase(result: CaseResult): string {
  const { id, suite, title, durationMs, level, source } = result
  const name = escapeMarkup(`${id}: ${title} [${level}, relay-protocol ${source}]`)
  const open = `    <testcase classname="${escapeMarkup(suite)}" name="${name}" time="${seconds(durationMs)}"`
  const inner = outcome(result)
  return inner === '' ? `${open}/>\n` : `${open}>\n${inner}    </testcase>\n`
}

function outcome(result: CaseResult): string {
  const { status, level, notes } = result
  const reason = escapeMarkup(result.reason ?? '')
  const observed =
    notes.length === 0
      ? ''
      : `      <system-out>${escapeMarkup(`observed: ${notes.join('; ')}`)}</system-out>\n`
  if (status === 'passed') return observed
  if (isFailure(result)) return `      <failure message="${reason}" type="${level}"/>\n${observed}`
  const what = status === 'notRun' ? 'not run' : `${level} does not hold`
  return `      <skipped message="${what}: ${reason}"/>\n${observed}`
}

function isFailure({ status, level }: CaseResult): boolean {
  return status === 'failed' && level === 'MUST'
}

function sum(results: readonly CaseResult[]): number {
  return results.reduce((total, { durationMs }) => total + durationMs, 0)
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
