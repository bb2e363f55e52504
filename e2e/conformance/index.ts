import { type CaseResult, Unmet } from './case.ts'
import { readChoice } from './choice.ts'
import type { Feature } from './client/needs.ts'
import { runClientCases } from './client/run-client.ts'
import { LISTENER_SUITES, SENDER_SUITES } from './client/table.ts'
import { redactor } from './redact.ts'
import { type Report, type Role, countResults } from './report/report.ts'
import { runRelayCases } from './relay/run-relay.ts'
import { RELAY_SUITES } from './relay/table.ts'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { PACKAGE_VERSION } from '../../protocol/package-version.ts'

export { FEATURES, type Feature } from './client/needs.ts'
export { TargetError } from './relay/target.ts'
export { htmlReport } from './report/html.ts'
export { junitReport } from './report/junit.ts'
export { type Report, type Role, summarize } from './report/report.ts'
export { tapEnd, tapHead, tapPoint } from './report/tap.ts'

/** A relay, reached by connection strings of one namespace. */
export type RelaySubject = {
  readonly role: 'relay'
  readonly connectionString: string
  readonly also?: readonly string[]
  /** PEM that is trusted as well. */
  readonly ca?: string | undefined
  /** Where the emulator's API is, for the cases that need it. */
  readonly adminUrl?: string | undefined
}

/** A client that `command` starts. */
export type ClientSubject = {
  readonly role: 'listener' | 'sender'
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly without?: readonly Feature[]
}

export type ConformanceOptions = (RelaySubject | ClientSubject) & {
  /** Suites or cases; all when left out. */
  readonly only?: readonly string[]
  /** How long one thing may take to come, ms. Default 8,000. */
  readonly patienceMs?: number | undefined
  /** Cases that wait longer by their nature are not run, ms. Default: all are. */
  readonly maxWaitMs?: number | undefined
  /** Cases at a time. Default 6. */
  readonly jobs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called once, with the number of cases, and with each result as it comes. */
  readonly onStart?: ((total: number, subject: string) => void) | undefined
  readonly onResult?: ((result: CaseResult) => void) | undefined
}

/** A case of the table, without what it does. */
export type CaseInfo = Pick<CaseResult, 'id' | 'suite' | 'level' | 'source' | 'title' | 'question'>

const PATIENCE_MS = 8_000
/** Longest run, ms; what has not begun by then is not run. Source: product 8. */
const RUN_LIMIT_MS = 285_000
const JOBS = 6

/** The cases of a role, in the order of the table. */
export function casesOf(role: Role): readonly CaseInfo[] {
  const suites = { relay: RELAY_SUITES, listener: LISTENER_SUITES, sender: SENDER_SUITES }[role]
  return suites.flatMap(({ name, cases }) =>
    cases.map(({ id, level, source, title, question }) => ({
      id,
      suite: name,
      level,
      source,
      title,
      question,
    })),
  )
}

/**
 * Holds a relay or a client against the table. Throws a RangeError for an unknown suite, and for a relay what
 * connection strings and reaching it can throw (ConnectionStringError, RelayClientError, TargetError).
 */
export async function runConformance(options: ConformanceOptions): Promise<Report> {
  const { role, only = [] } = options
  const ids = casesOf(role).map(({ id }) => id)
  const choice = readChoice(only, ids)
  const startedAt = new Date()
  const startedAtMs = performance.now()
  const redact = redactor(secretsOf(options))
  const clean = (result: CaseResult): CaseResult => ({
    ...result,
    reason: result.reason === undefined ? undefined : redact(result.reason),
    notes: result.notes.map(redact),
  })
  const subject = redact(subjectOf(options))
  const total = ids.filter((id) => choice({ id })).length
  const limit = new AbortController()
  const timer = setTimeout(
    () => limit.abort(new Unmet(`the run took longer than ${RUN_LIMIT_MS / 1000} s`)),
    RUN_LIMIT_MS,
  )
  const signal = AbortSignal.any([limit.signal, ...(options.signal ? [options.signal] : [])])
  const common = {
    choice,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    maxWaitMs: options.maxWaitMs ?? Infinity,
    jobs: options.jobs ?? JOBS,
    signal,
    onReady: () => options.onStart?.(total, subject),
    onResult: (result: CaseResult) => options.onResult?.(clean(result)),
  }
  const results = (await run(options, common).finally(() => clearTimeout(timer))).map(clean)
  return {
    role,
    subject,
    version: PACKAGE_VERSION,
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - startedAtMs),
    isComplete: !signal.aborted,
    counts: countResults(results),
    results,
  }
}

function run(
  options: ConformanceOptions,
  common: Omit<
    Parameters<typeof runRelayCases>[0],
    'connectionString' | 'also' | 'ca' | 'adminUrl'
  >,
): Promise<readonly CaseResult[]> {
  if (options.role === 'relay') {
    const { connectionString, also = [], ca, adminUrl } = options
    return runRelayCases({ ...common, connectionString, also, ca, adminUrl })
  }
  const { role, command, env, without = [] } = options
  return runClientCases({ ...common, role, command, env, without })
}

function subjectOf(options: ConformanceOptions): string {
  if (options.role !== 'relay') return options.command.join(' ')
  const { host, port, entityPath } = parseConnectionString(options.connectionString)
  return `${host}${port === undefined ? '' : `:${port}`}/${entityPath ?? ''}`
}

function secretsOf(options: ConformanceOptions): readonly string[] {
  if (options.role !== 'relay') return []
  return [options.connectionString, ...(options.also ?? [])].flatMap((text) => {
    const { sharedAccessKey, sharedAccessSignature } = parseConnectionString(text)
    return [sharedAccessKey ?? [], sharedAccessSignature ?? []].flat()
  })
}
