import { rendezvousAddress } from '../../protocol/addresses.ts'
import { encodeRequest } from '../../protocol/control-message.ts'
import type { HybridConnection } from '../../protocol/entity.ts'
import type { HeaderList } from '../../protocol/headers.ts'
import { headerBytes, requestTarget } from '../../protocol/http-message.ts'
import { MAX_CONTROL_HEADER_BYTES, MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import type { Exchange } from './exchange-set.ts'
import type { HttpResponder } from './http-responder.ts'
import type { MovableBody } from './movable-body.ts'
import type { RelayCall } from './relay-call.ts'
import type { RendezvousPlace } from './rendezvous-place.ts'
import type { RequestBody } from './request-body.ts'
import type { RequestRendezvous } from './request-rendezvous.ts'

/** One request on its way: what is sent for it and who writes its answer. */
export type HttpExchange = {
  readonly call: RelayCall
  readonly hybridConnection: HybridConnection
  /** What of the sender's query the listener may see. */
  readonly query: string
  readonly headers: HeaderList
  readonly id: string
  readonly body: RequestBody
  readonly responder: HttpResponder
  /** What people see of it. */
  readonly record: Exchange
  /** Told the body's bytes as they go to the listener; the wait for an answer starts anew. */
  readonly onProgress: (bytes: number) => void
  /** The relay waits for more of the body: its sender is to blame for the silence, not the listener. */
  isReadingBody: boolean
  /** The rendezvous that carries it, once there is one. */
  rendezvous: RequestRendezvous | undefined
  /** A streamed body that began on a rendezvous its listener may have been closing. */
  movable: MovableBody | undefined
}

/** The address a listener dials for one exchange. */
export function requestAddress(
  { call, id, query }: HttpExchange,
  { scheme, host }: RendezvousPlace,
  secret: string,
): string {
  return rendezvousAddress({
    scheme,
    host,
    path: call.target.path,
    query,
    action: 'request',
    id,
    secret,
  })
}

/** The whole request as one command. Source: relay-protocol 5.2. */
export function requestCommand(exchange: HttpExchange, address: string): string {
  const { call, id, query, headers, body } = exchange
  const { request, target } = call
  return encodeRequest({
    address,
    id,
    requestTarget: requestTarget(target.path, query),
    method: request.method ?? 'GET',
    remoteEndpoint: call.remoteEndpoint,
    requestHeaders: headers,
    body: body.kind !== 'none',
  })
}

/** True when a control channel may carry this command and the body behind it. Source: relay-protocol 5.4. */
export function fitsControlChannel({ headers, body }: HttpExchange, command: string): boolean {
  if (body.kind === 'streaming') return false
  // The command holds the headers, and no character of it has more than three bytes.
  if (3 * command.length <= MAX_CONTROL_HEADER_BYTES) return true
  return (
    headerBytes(headers) <= MAX_CONTROL_HEADER_BYTES &&
    Buffer.byteLength(command) <= MAX_CONTROL_MESSAGE_BYTES
  )
}
