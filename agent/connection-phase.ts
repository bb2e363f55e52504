import type { RelayClientError } from '../client/index.ts'
import { reasonOf } from './connection-failure.ts'
import type { ConnectionRow, ConnectionStatus } from './contract.ts'
import type { AgentListener } from './listen-for.ts'

/** Where a hybrid connection stands. */
export type ConnectionPhase =
  /** The endpoint is unknown, and the relay is asked for it until it answers. */
  | {
      readonly phase: 'asking'
      readonly reason: string | null
      readonly nextAttemptAtMs: number | null
    }
  /** The relay answered, and named no endpoint. */
  | { readonly phase: 'unusable'; readonly reason: string }
  | { readonly phase: 'listening'; readonly listener: AgentListener }
  /** The relay says that there is no such hybrid connection. */
  | { readonly phase: 'gone'; readonly reason: string }
  | { readonly phase: 'closed' }

/** What the listener of a hybrid connection last ran into. */
export type ListenerTrouble = {
  readonly reason: string | null
  /** The reason means that the hybrid connection is not there. */
  readonly isMissing: boolean
  readonly nextAttemptAtMs: number | null
}

/**
 * What it means that a listener is not connected. `isDismissed` says that the relay has closed its control channel as for
 * an entity that was deleted. The rule of a gateway connection string goes with its entity, and the relay looks at tokens
 * first: of what was deleted it says that the signature is wrong. It may come back, so attempts go on.
 * Source: relay-protocol 2.8.
 */
export function listenerTrouble(
  error: RelayClientError,
  isDismissed: boolean,
  nextAttemptAtMs: number,
): ListenerTrouble {
  const isMissing = isDismissed && error.code === 'RELAY_TOKEN_INVALID'
  const reason = isMissing
    ? `it was deleted, or its keys were: ${reasonOf(error)}`
    : reasonOf(error)
  return { reason, isMissing, nextAttemptAtMs }
}

/** What people read of a phase. */
export function statusOf(phase: ConnectionPhase, { isMissing }: ListenerTrouble): ConnectionStatus {
  if (phase.phase === 'gone') return 'NotFound'
  if (phase.phase !== 'listening') return 'Not connected'
  if (phase.listener.state.phase === 'online') return 'Connected'
  return isMissing ? 'NotFound' : 'Not connected'
}

/** Why it does not work, and when it is tried again. */
export function troubleOf(
  phase: ConnectionPhase,
  trouble: ListenerTrouble,
): Pick<ConnectionRow, 'lastError' | 'nextAttemptAt'> {
  switch (phase.phase) {
    case 'asking':
      return { lastError: phase.reason, nextAttemptAt: isoTime(phase.nextAttemptAtMs) }
    case 'unusable':
    case 'gone':
      return { lastError: phase.reason, nextAttemptAt: null }
    case 'listening':
      return { lastError: trouble.reason, nextAttemptAt: isoTime(trouble.nextAttemptAtMs) }
    case 'closed':
      return { lastError: null, nextAttemptAt: null }
  }
}

function isoTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}
