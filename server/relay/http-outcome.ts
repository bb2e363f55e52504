import type { ServerResponse } from 'node:http'
import { RelayError } from '../../protocol/errors.ts'
import { cleanReason } from '../../protocol/reason-phrase.ts'
import type { HttpExchange } from './http-exchange.ts'
import type { ResponderOutcome } from './http-responder.ts'
import { type RelayCall, refusalOperation } from './relay-call.ts'

/** Names of headers that a fact shows at most, and their length. */
const MAX_SHOWN_NAMES = 5
const MAX_SHOWN_CHARACTERS = 64

/**
 * Tells the feed and the listener how an exchange ended. The sender is answered here only when the listener did not:
 * throws RelayError for what it is to be told.
 */
export function concludeExchange(
  { call, rendezvous }: HttpExchange,
  response: ServerResponse,
  outcome: ResponderOutcome,
): void {
  switch (outcome.kind) {
    case 'ended':
      return reportAnswer(call, outcome.status, outcome.altered)
    case 'gone':
      rendezvous?.abandon(1001, 'The sender closed its connection.')
      return reportGone(call)
    case 'broken':
      rendezvous?.abandon(1011, outcome.text)
      return failOrCut(call, response, new RelayError('RELAY_LISTENER_FAILED'), outcome.text)
    case 'cancelled': {
      const error = new RelayError(outcome.code)
      rendezvous?.abandon(1001, error.message)
      return failOrCut(call, response, error, error.message)
    }
    case 'stalled':
      rendezvous?.abandon(1011, 'The request body stopped.')
      // Nothing can follow on a connection whose body has not ended.
      response.shouldKeepAlive = false
      throw new RelayError('RELAY_REQUEST_BODY_TIMEOUT')
    case 'timedOut':
      rendezvous?.abandon(1011, 'The listener did not respond in time.')
      throw new RelayError('RELAY_RESPONSE_TIMEOUT')
  }
}

/** A request that the relay refused or failed. HTTP requests are no sender connections: metrics leave them out. */
export function reportRefusal(call: RelayCall, error: RelayError): void {
  call.fact({
    type: 'requestFailed',
    level: 'warning',
    operation: OPERATIONS.get(error.code) ?? refusalOperation(error),
    code: error.code,
    message: error.message,
  })
}

/** A listener has begun an answer whose body is still to come. Source: relay-protocol 8.3. */
export function reportHead(call: RelayCall, status: number): void {
  call.fact({
    type: 'responseReceived',
    level: 'debug',
    operation: 'ListenerReturningHttpResponse',
    message: `the listener answers with ${status}`,
  })
}

/** The sender left before it was answered in full. */
export function reportGone(call: RelayCall): void {
  call.fact({
    type: 'requestFailed',
    operation: 'ListenerReturningHttpResponseFailed',
    message: 'the sender left before it was answered',
  })
}

/** Source: relay-protocol 8.3. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['RELAY_RESPONSE_TIMEOUT', 'ListenerAcceptingRequestTimeout'],
  ['RELAY_LISTENER_FAILED', 'ListenerReturningHttpResponseFailed'],
  ['RELAY_REQUEST_REJECTED', 'ListenerAcceptingHttpRequestFailed'],
  ['RELAY_TRANSFER_CODING_UNKNOWN', 'ProcessingRequestFailed'],
  ['RELAY_REQUEST_BODY_TIMEOUT', 'ProcessingRequestFailed'],
  ['RELAY_STOPPING', 'ProcessingRequestFailed'],
])

function reportAnswer(call: RelayCall, status: number, altered: readonly string[]): void {
  if (altered.length === 0) {
    return call.fact({
      type: 'responseReceived',
      level: 'debug',
      operation: 'ListenerSentHttpResponse',
      message: `the listener answered with ${status}`,
    })
  }
  const names = altered
    .slice(0, MAX_SHOWN_NAMES)
    .map((name) => cleanReason(name).slice(0, MAX_SHOWN_CHARACTERS))
  call.fact({
    type: 'responseReceived',
    level: 'warning',
    operation: 'ListenerSentHttpResponse',
    message:
      `the listener answered with ${status}; ` +
      `headers no line can hold were changed: ${names.join(', ')}`,
  })
}

/** An answer that has begun can only be cut off, so that nobody takes it for whole. */
function failOrCut(
  call: RelayCall,
  response: ServerResponse,
  error: RelayError,
  text: string,
): void {
  if (!response.headersSent) throw error
  call.fact({
    type: 'requestFailed',
    level: 'warning',
    operation: 'ListenerReturningHttpResponseFailed',
    code: error.code,
    message: text,
  })
  response.destroy()
}
