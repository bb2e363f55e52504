import { rendezvousAddress } from '../../protocol/addresses.ts'
import { encodeRequest } from '../../protocol/control-message.ts'
import type { HybridConnection } from '../../protocol/entity.ts'
import type { HeaderList } from '../../protocol/headers.ts'
import { headerBytes, requestTarget } from '../../protocol/http-message.ts'
import { MAX_CONTROL_HEADER_BYTES, MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { filterQuery } from '../../protocol/query-filter.ts'
import type { ListenerIdentity } from './control-channel.ts'
import type { HttpResponder } from './http-responder.ts'
import { remoteEndpoint } from './peer.ts'
import type { RelayCall } from './relay-call.ts'
import type { RequestBody } from './request-body.ts'
import type { RequestRendezvous } from './request-rendezvous.ts'

/** One request on its way: what is sent for it and who writes its answer. */
export type HttpExchange = {
  readonly call: RelayCall
  readonly hybridConnection: HybridConnection
  readonly headers: HeaderList
  readonly id: string
  readonly body: RequestBody
  readonly responder: HttpResponder
  /** Told the body's bytes as they go to the listener; the wait for an answer starts anew. */
  readonly onProgress: (bytes: number) => void
  /** The relay waits for more of the body: its sender is to blame for the silence, not the listener. */
  isReadingBody: boolean
  /** The rendezvous that carries it, once there is one. */
  rendezvous: RequestRendezvous | undefined
}

/** The address a listener dials for one exchange. `listener` is the one that will. */
export function requestAddress(
  { call, id }: HttpExchange,
  listener: Pick<ListenerIdentity, 'scheme' | 'host'>,
  secret: string,
): string {
  const { scheme, host } = listener
  const { path, query } = call.target
  return rendezvousAddress({
    scheme,
    host,
    path,
    query: filterQuery(query),
    action: 'request',
    id,
    secret,
  })
}

/** The whole request as one command. Source: relay-protocol 5.2. */
export function requestCommand({ call, id, headers, body }: HttpExchange, address: string): string {
  const { request, target } = call
  return encodeRequest({
    address,
    id,
    requestTarget: requestTarget(target.path, filterQuery(target.query)),
    method: request.method ?? 'GET',
    remoteEndpoint: remoteEndpoint(request),
    requestHeaders: headers,
    body: body.kind !== 'none',
  })
}

/** True when a control channel may carry this command and the body behind it. Source: relay-protocol 5.4. */
export function fitsControlChannel({ headers, body }: HttpExchange, command: string): boolean {
  return (
    body.kind !== 'streaming' &&
    headerBytes(headers) <= MAX_CONTROL_HEADER_BYTES &&
    Buffer.byteLength(command) <= MAX_CONTROL_MESSAGE_BYTES
  )
}
