import { AssertionError } from 'node:assert/strict'
import { inspect } from 'node:util'
import { type Case, type CaseResult, type Suite, Unmet } from './case.ts'
import { Scope } from './scope.ts'

export type RunOptions<Bench, Need extends string> = {
  readonly suites: readonly Suite<Bench, Need>[]
  /** Makes what a case works with. */
  readonly open: (test: Case<Bench, Need>, scope: Scope) => Bench | Promise<Bench>
  /** What is missing for a need, e.g. `a key with the right Send`; undefined when the run has it. */
  readonly missing: (need: Need) => string | undefined
  /** Which cases to run; all when left out. */
  readonly isChosen?: ((test: Case<Bench, Need>) => boolean) | undefined
  /** Cases at a time, those that wait by their nature not counted. */
  readonly jobs: number
  /** Runs everything one by one, in the order of the table. */
  readonly isInOrder?: boolean
  readonly patienceMs: number
  /** Longest wait that a case may have by its nature, ms; longer ones are not run. */
  readonly maxWaitMs: number
  readonly signal: AbortSignal
  readonly onResult?: ((result: CaseResult) => void) | undefined
}

/** A case may wait for some things one after the other. */
const PATIENCES_PER_CASE = 4

/**
 * Runs the cases and resolves with their results in the order of the table: first those that need to be alone, one by
 * one, then the long waits all at once beside the others.
 */
export async function runCases<Bench, Need extends string>(
  options: RunOptions<Bench, Need>,
): Promise<readonly CaseResult[]> {
  const { suites, isChosen = () => true, jobs } = options
  const table = suites.flatMap(({ name, cases }) =>
    cases.filter(isChosen).map((test) => ({ suite: name, test })),
  )
  const results = new Map<string, CaseResult>()
  const run = async ({ suite, test }: (typeof table)[number]) => {
    const result = await runCase(test, suite, options)
    results.set(test.id, result)
    options.onResult?.(result)
  }
  const isAlone = ({ test }: (typeof table)[number]) => options.isInOrder || test.alone
  for (const entry of table.filter(isAlone)) await run(entry)
  const together = table.filter((entry) => !isAlone(entry))
  const waiting = together.filter(({ test }) => test.waitsMs !== undefined)
  const queue = together.filter(({ test }) => test.waitsMs === undefined)[Symbol.iterator]()
  const worker = async () => {
    for (const entry of queue) await run(entry)
  }
  await Promise.all([...waiting.map(run), ...Array.from({ length: jobs }, worker)])
  return table.flatMap(({ test }) => results.get(test.id) ?? [])
}

async function runCase<Bench, Need extends string>(
  test: Case<Bench, Need>,
  suite: string,
  options: RunOptions<Bench, Need>,
): Promise<CaseResult> {
  const { id, level, source, title, question, waitsMs = 0 } = test
  const row = { id, suite, level, source, title, question }
  const idle = { ...row, status: 'notRun', durationMs: 0, notes: [] } as const
  const missing = (test.needs ?? []).flatMap((need) => options.missing(need) ?? [])
  if (missing.length > 0) return { ...idle, reason: `needs ${missing.join(' and ')}` }
  if (waitsMs > options.maxWaitMs) return { ...idle, reason: `needs ${waitsMs / 1000} s` }
  if (options.signal.aborted) return { ...idle, reason: reasonOf(options.signal.reason) }

  const startedAt = performance.now()
  const { patienceMs, signal } = options
  const limitMs = waitsMs + PATIENCES_PER_CASE * patienceMs
  const scope = new Scope({ patienceMs, limitMs, signal })
  let reason: string | undefined
  try {
    await test.run(await options.open(test, scope))
  } catch (error) {
    reason = reasonOf(error)
  } finally {
    await scope[Symbol.asyncDispose]()
  }
  const durationMs = Math.round(performance.now() - startedAt)
  if (reason !== undefined && signal.aborted) return { ...idle, reason: reasonOf(signal.reason) }
  const failed = level === 'ASSUMED' ? 'differs' : 'failed'
  const status = reason === undefined ? 'passed' : failed
  return { ...row, status, durationMs, reason, notes: scope.notes }
}

/** What did not hold, on one line. */
function reasonOf(error: unknown): string {
  if (error instanceof AssertionError) {
    const { actual, expected, operator, message, generatedMessage } = error
    // Newer versions of Node write the values behind a message of ours.
    const what = generatedMessage ? 'not as expected' : (message.split('\n')[0] ?? '')
    if (operator === '==' || operator === 'fail') return oneLine(what)
    const unwanted = operator.startsWith('not') || operator.startsWith('doesNot') ? 'not ' : ''
    return oneLine(`${what}: expected ${unwanted}${show(expected)}, got ${show(actual)}`)
  }
  if (error instanceof Unmet) return oneLine(error.message)
  const { code, message } = error as NodeJS.ErrnoException
  return oneLine(code === undefined ? message : `${message} (${code})`)
}

const MAX_SHOWN = 400

function show(value: unknown): string {
  const shown = inspect(value, { breakLength: Infinity, depth: 4 })
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}...` : shown
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
