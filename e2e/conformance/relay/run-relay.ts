import type { CaseResult } from '../case.ts'
import { runCases } from '../run.ts'
import type { Choice } from '../choice.ts'
import { RelayBench } from './bench.ts'
import {
  type RelayNeed,
  type Target,
  type TargetOptions,
  missingFor,
  openTarget,
} from './target.ts'
import { RELAY_SUITES } from './table.ts'

export type RelayRunOptions = TargetOptions & {
  readonly choice: Choice
  readonly patienceMs: number
  readonly maxWaitMs: number
  readonly jobs: number
  /** Called before the first case. */
  readonly onReady?: (() => void) | undefined
  readonly onResult?: ((result: CaseResult) => void) | undefined
}

/** Holds a relay against the table. Throws ConnectionStringError, RelayClientError or TargetError before any case. */
export async function runRelayCases(options: RelayRunOptions): Promise<readonly CaseResult[]> {
  const target = await openTarget(options)
  options.onReady?.()
  return runCases({
    ...options,
    suites: RELAY_SUITES,
    isChosen: options.choice,
    missing: (need: RelayNeed) => missingFor(target, need),
    open: ({ needs = [] }, scope) => new RelayBench(target, entityFor(target, needs), scope),
  })
}

function entityFor(target: Target, needs: readonly RelayNeed[]) {
  const { main, anonymous = main, authorized = main } = target
  if (needs.includes('anonymous')) return anonymous
  const isAuthorized = ['authorized', 'listenOnly', 'sendOnly'] as const
  return isAuthorized.some((need) => needs.includes(need)) ? authorized : main
}
