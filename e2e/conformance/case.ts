/**
 * How much a case weighs. MUST: an official client or test breaks otherwise. SHOULD: documented, or seen in one place.
 * ASSUMED: the protocol document says [guess] or lists it in its section 11; such a case never fails a run.
 */
export type Level = 'MUST' | 'SHOULD' | 'ASSUMED'

/** One thing that a relay, a listener or a sender does or does not. `Need` names what the run may not have. */
export type Case<Bench, Need extends string = string> = {
  /** Stable, e.g. `sas.audience.java-sender`; the part before the first dot is the suite. */
  readonly id: string
  readonly level: Level
  /** Paragraph of the protocol document, e.g. `2.2`. */
  readonly source: string
  /** What holds, as a sentence. */
  readonly title: string
  /** Row of the protocol document's section 11. */
  readonly question?: number
  readonly needs?: readonly Need[]
  /** Time that the case must wait by its nature, ms; it is not counted against anything else. */
  readonly waitsMs?: number
  /** Runs while nothing else does. */
  readonly alone?: boolean
  /** Resolves when it holds; throws an Unmet or an AssertionError that says what did not. */
  readonly run: (bench: Bench) => Promise<void>
}

export type Suite<Bench, Need extends string = string> = {
  readonly name: string
  readonly about: string
  readonly cases: readonly Case<Bench, Need>[]
}

/**
 * `passed`, `failed` and `notRun` speak for themselves. An ASSUMED case that does not hold `differs`: that is what the
 * run was for, and no fault.
 */
export type Status = 'passed' | 'failed' | 'differs' | 'notRun'

export type CaseResult = {
  readonly id: string
  readonly suite: string
  readonly level: Level
  readonly source: string
  readonly title: string
  readonly question: number | undefined
  readonly status: Status
  readonly durationMs: number
  /** Why it failed or differs, with what was expected and what came; why it was not run. */
  readonly reason: string | undefined
  /** What was measured on the way. */
  readonly notes: readonly string[]
}

/** Something that was to come and did not. */
export class Unmet extends Error {
  override readonly name = 'Unmet'
}
