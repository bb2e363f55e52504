import { rendezvousAddress } from '../../protocol/addresses.ts'
import { encodeAccept } from '../../protocol/control-message.ts'
import { RelayError } from '../../protocol/errors.ts'
import { type HeaderList, headerList } from '../../protocol/headers.ts'
import { MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { filterQuery } from '../../protocol/query-filter.ts'
import { authorize } from '../auth/authorize.ts'
import { readCredential, withoutCredentials } from '../auth/token-source.ts'
import type { Connection } from './connection.ts'
import { checkHandshake } from './handshake.ts'
import { type RelayCall, type RelayDeps, enforceQuota } from './relay-call.ts'
import type { RendezvousPlace } from './rendezvous-place.ts'

/** Writes the accept message for a listener that is to dial there. Throws RELAY_HEADERS_TOO_LARGE. */
export type AcceptWriter = (place: RendezvousPlace, secret: string) => string

/**
 * Checks everything of a sender that needs no listener, and notes the rule that let it in. Resolves to what a listener
 * is told. Throws RelayError for a refusal. Source: relay-protocol 2 and 4.2.
 */
export async function admitSender(
  call: RelayCall,
  connection: Connection,
  deps: RelayDeps,
): Promise<AcceptWriter> {
  const { request, target, namespace, hybridConnection, hosts } = call
  const { verified, entra, now, limits, sockets } = deps
  checkHandshake(request)
  const credential = readCredential('webSocket', request.headers, target.query)
  const { segments } = target
  const grant = await authorize(
    { namespace, hosts, segments, hybridConnection, claim: 'Send', verified, entra },
    credential,
    now(),
  )
  if (!hybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
  connection.rule = grant?.rule ?? null
  const { connectionsPerNamespace } = limits()
  if (connectionsPerNamespace > 0 && sockets.of(namespace.name) > connectionsPerNamespace) {
    enforceQuota(call, deps, 'RELAY_CONNECTION_QUOTA')
  }
  // An anonymous sender's `Authorization` was not looked at: it belongs to the listener (relay-protocol 2.4).
  const spent = grant === null ? ({ kind: 'none' } as const) : credential
  return acceptWriter(call, withoutCredentials(headerList(request.rawHeaders), spent))
}

function acceptWriter(
  { target, trackingId: id, remoteEndpoint }: RelayCall,
  connectHeaders: HeaderList,
): AcceptWriter {
  const { path } = target
  const query = filterQuery(target.query)
  return ({ scheme, host }, secret) => {
    const address = rendezvousAddress({ scheme, host, path, query, action: 'accept', id, secret })
    const command = encodeAccept({ address, id, connectHeaders, remoteEndpoint })
    if (Buffer.byteLength(command) > MAX_CONTROL_MESSAGE_BYTES) {
      throw new RelayError('RELAY_HEADERS_TOO_LARGE')
    }
    return command
  }
}
