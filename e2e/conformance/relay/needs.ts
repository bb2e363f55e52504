import type { Case, Suite } from '../case.ts'
import type { RelayBench } from './bench.ts'
import type { RelayNeed } from './target.ts'

export type RelayCase = Case<RelayBench, RelayNeed>
export type RelaySuite = Suite<RelayBench, RelayNeed>

/** What a case needs that has both a listener and a sender. */
export const BOTH = ['listen', 'send'] as const satisfies readonly RelayNeed[]
/** What a case needs that signs tokens of its own for a listener. */
export const SIGNING = ['listen', 'key'] as const satisfies readonly RelayNeed[]
