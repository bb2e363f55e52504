import type { Case, Suite } from '../case.ts'
import type { ListenerBench } from './listener-bench.ts'
import type { SenderBench } from './sender-bench.ts'

/** What a client under test may be unable to do; `--without` says so. */
export const FEATURES = {
  websocket: 'relayed WebSockets',
  http: 'HTTP requests',
  reject: 'rejecting a sender',
  protocol: 'sub-protocols',
  renew: 'a lifetime of tokens that can be set',
} as const
export type Feature = keyof typeof FEATURES

export type ListenerCase = Case<ListenerBench, Feature>
export type ListenerSuite = Suite<ListenerBench, Feature>
export type SenderCase = Case<SenderBench, Feature>
export type SenderSuite = Suite<SenderBench, Feature>
