import type { CaseResult } from '../case.ts'
import type { Choice } from '../choice.ts'
import { runCases } from '../run.ts'
import { Scope } from '../scope.ts'
import { ListenerBench, ListenerSession } from './listener-bench.ts'
import { FEATURES, type Feature } from './needs.ts'
import { ScriptedRelay } from './scripted-relay.ts'
import { SenderBench } from './sender-bench.ts'
import { LISTENER_SUITES, SENDER_SUITES } from './table.ts'

export type ClientRunOptions = {
  readonly role: 'listener' | 'sender'
  /** Starts the client under test. */
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** What the client cannot do. */
  readonly without: readonly Feature[]
  readonly choice: Choice
  readonly patienceMs: number
  readonly maxWaitMs: number
  readonly signal: AbortSignal
  /** Called before the first case. */
  readonly onReady?: (() => void) | undefined
  readonly onResult?: ((result: CaseResult) => void) | undefined
}

/** Is the relay for a client, and holds what it does against the table. */
export async function runClientCases(options: ClientRunOptions): Promise<readonly CaseResult[]> {
  const { role, command, env, without, patienceMs, signal } = options
  await using scope = new Scope({ patienceMs, limitMs: Infinity, signal })
  await using relay = await ScriptedRelay.open(scope)
  options.onReady?.()
  const common = {
    ...options,
    // One client under test serves all cases, one after the other.
    isInOrder: true,
    jobs: 1,
    isChosen: options.choice,
    signal: scope.signal,
    missing: (feature: Feature) => (without.includes(feature) ? FEATURES[feature] : undefined),
  }
  if (role === 'sender') {
    const open = (_test: unknown, own: Scope) => new SenderBench(relay, own, { command, env })
    return await runCases({ ...common, suites: SENDER_SUITES, open })
  }
  const session = new ListenerSession(relay, command, env)
  try {
    const open = (_test: unknown, own: Scope) => new ListenerBench(session, own)
    return await runCases({ ...common, suites: LISTENER_SUITES, open })
  } finally {
    await session.stop()
  }
}
