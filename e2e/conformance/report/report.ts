import type { CaseResult, Level, Status } from '../case.ts'

export type Role = 'relay' | 'listener' | 'sender'

/** A whole run, without secrets. */
export type Report = {
  readonly role: Role
  /** Host and hybrid connection, or the command of the client. */
  readonly subject: string
  /** Version of the harness. */
  readonly version: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  /** False when it was ended before every case had begun. */
  readonly isComplete: boolean
  readonly counts: Counts
  /** In the order of the table. */
  readonly results: readonly CaseResult[]
}

export type Counts = {
  readonly total: number
  readonly passed: number
  /** Faults: they give the exit code 5. */
  readonly failedMust: number
  readonly failedShould: number
  /** ASSUMED cases where the subject does something else. */
  readonly differs: number
  readonly notRun: number
}

export function countResults(results: readonly CaseResult[]): Counts {
  const of = (status: Status, level?: Level) =>
    results.filter((row) => row.status === status && (level === undefined || row.level === level))
      .length
  return {
    total: results.length,
    passed: of('passed'),
    failedMust: of('failed', 'MUST'),
    failedShould: of('failed', 'SHOULD'),
    differs: of('differs'),
    notRun: of('notRun'),
  }
}

/** One line for people. */
export function summarize(run: Pick<Report, 'counts' | 'durationMs' | 'isComplete'>): string {
  const { counts, durationMs, isComplete } = run
  const { passed, failedMust, failedShould, differs, notRun } = counts
  const seconds = (durationMs / 1000).toFixed(1)
  return `${passed} passed, ${failedMust} MUST failed, ${failedShould} SHOULD failed, ${differs} differ from an assumption, ${notRun} not run, in ${seconds} s${isComplete ? '' : '; ended early'}`
}

/** Results by suite, in the order of the table. */
export function bySuite(
  results: readonly CaseResult[],
): readonly (readonly [suite: string, results: readonly CaseResult[]])[] {
  const suites = new Map<string, CaseResult[]>()
  for (const result of results) {
    const rows = suites.get(result.suite) ?? []
    rows.push(result)
    suites.set(result.suite, rows)
  }
  return [...suites]
}
