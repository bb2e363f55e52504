import { retryDelayMs } from './backoff.ts'
import type { RelayClientError } from './errors.ts'

/** Where a listener stands. `failures` counts those in a row. */
export type ControlState =
  | { readonly phase: 'connecting'; readonly failures: number }
  | { readonly phase: 'online' }
  /** It connects again after `retryInMs`. */
  | {
      readonly phase: 'offline'
      readonly failures: number
      readonly retryInMs: number
      readonly error: RelayClientError
    }
  /** For good: closed by this end (no error), or because the hybrid connection is gone. */
  | { readonly phase: 'stopped'; readonly error: RelayClientError | undefined }

export type ControlEvent =
  | { readonly type: 'opened' }
  /** The attempt failed, or the channel ended. */
  | { readonly type: 'failed'; readonly error: RelayClientError }
  | { readonly type: 'retry' }
  | { readonly type: 'stop' }

/** The state of a listener that has just been made. */
export const FIRST_STATE: ControlState = { phase: 'connecting', failures: 0 }

/**
 * The whole life of a control channel. An event that does not fit the phase changes nothing. Only the end of the
 * entity stops it: every other refusal may be over at the next attempt. Source: relay-protocol 3.2, 3.8.
 */
export function advance(state: ControlState, event: ControlEvent): ControlState {
  if (state.phase === 'stopped') return state
  switch (event.type) {
    case 'opened':
      return state.phase === 'connecting' ? { phase: 'online' } : state
    case 'failed': {
      if (state.phase === 'offline') return state
      const { error } = event
      if (error.code === 'RELAY_ENTITY_UNKNOWN') return { phase: 'stopped', error }
      const failures = state.phase === 'connecting' ? state.failures : 0
      return { phase: 'offline', failures: failures + 1, retryInMs: retryDelayMs(failures), error }
    }
    case 'retry':
      return state.phase === 'offline' ? { phase: 'connecting', failures: state.failures } : state
    case 'stop':
      return { phase: 'stopped', error: undefined }
  }
}
