import { STATUS_CODES, validateHeaderValue } from 'node:http'
import { readTarget } from '../protocol/addresses.ts'
import type { RemoteEndpoint, ServiceMessage } from '../protocol/control-message.ts'
import type { HeaderList } from '../protocol/headers.ts'
import { filterQuery } from '../protocol/query-filter.ts'
import { headerOf } from './connection-info.ts'

/** A sender that waits for a listener's answer. */
export type ConnectionOffer = {
  readonly id: string
  /** Path with the entity's name, and the sender's query. */
  readonly url: string
  /** Every header of the sender's handshake but its token. */
  readonly headers: HeaderList
  /** The sub-protocols it offers, the dearest first. */
  readonly protocols: readonly string[]
  readonly remoteEndpoint: RemoteEndpoint | undefined
}

/** What a listener says to an offer. Status 400 to 599 and reason are what the sender gets. */
export type OfferAnswer =
  | { readonly accept: true; readonly protocol?: string | undefined }
  | { readonly accept: false; readonly status?: number; readonly reason?: string }

/**
 * Decides on an offer. Throwing rejects with 502. `signal` is aborted when the sender is not met: the time for it is
 * over, it has left, the listener was closed; then also after the handler has answered. Once the connection is there it
 * is aborted no more.
 */
export type AcceptHandler = (
  offer: ConnectionOffer,
  signal: AbortSignal,
) => OfferAnswer | Promise<OfferAnswer>

/** Takes every sender with the first sub-protocol it offers, as the .NET listener does (relay-protocol 4.4). */
export const acceptAll: AcceptHandler = ({ protocols }) => ({
  accept: true,
  protocol: protocols[0],
})

/** Reads an `accept` command. Throws RelayError for an address that is none. */
export function readOffer(message: Extract<ServiceMessage, { kind: 'accept' }>): ConnectionOffer {
  const { id, address, connectHeaders, remoteEndpoint } = message
  const { path, query } = readTarget(address)
  const kept = filterQuery(query)
  return {
    id,
    url: `/${path}${kept === '' ? '' : `?${kept}`}`,
    headers: connectHeaders,
    protocols: (headerOf(connectHeaders, 'Sec-WebSocket-Protocol') ?? '')
      .split(',')
      .map((protocol) => protocol.trim())
      .filter((protocol) => protocol !== ''),
    remoteEndpoint,
  }
}

/** What a handler written without types may have said. Throws a TypeError or RangeError, while there is still a sender to tell. */
export function checkedAnswer(answer: OfferAnswer): OfferAnswer {
  const { accept } = (answer ?? {}) as Partial<OfferAnswer>
  if (typeof accept !== 'boolean') {
    throw new TypeError('an accept handler answers { accept: true } or { accept: false }')
  }
  if (answer.accept) {
    if (answer.protocol) validateHeaderValue('Sec-WebSocket-Protocol', answer.protocol)
    return answer
  }
  const { status = 400 } = answer
  if (!Number.isInteger(status) || status < 200 || status > 999) {
    throw new RangeError(`a rejection has a status of 200 to 999, not ${JSON.stringify(status)}`)
  }
  return answer
}

/** The address that rejects an offer. Source: relay-protocol 4.5. */
export function rejectAddress(address: string, status = 400, reason?: string): string {
  const text = Buffer.from(reason ?? STATUS_CODES[status] ?? 'Rejected').toString()
  return `${address}&sb-hc-statusCode=${status}&sb-hc-statusDescription=${encodeURIComponent(text)}`
}
