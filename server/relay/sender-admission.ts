import { rendezvousAddress } from '../../protocol/addresses.ts'
import { encodeAccept } from '../../protocol/control-message.ts'
import type { HybridConnection } from '../../protocol/entity.ts'
import { RelayError } from '../../protocol/errors.ts'
import { type HeaderList, headerList } from '../../protocol/headers.ts'
import { MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { filterQuery } from '../../protocol/query-filter.ts'
import { authorize } from '../auth/authorize.ts'
import { type Credential, readCredential, withoutCredentials } from '../auth/token-source.ts'
import type { Connection } from './connection.ts'
import { checkHandshake } from './handshake.ts'
import { type RelayCall, type RelayDeps, enforceQuota } from './relay-call.ts'
import type { RendezvousPlace } from './rendezvous-place.ts'

/** Writes the accept message for a listener that is to dial there. Throws RELAY_HEADERS_TOO_LARGE. */
export type AcceptWriter = (place: RendezvousPlace, secret: string) => string

/** What let a sender in. */
export type SenderGrant = {
  readonly hybridConnection: HybridConnection
  /** What gave the right, by its name; null for an anonymous sender. */
  readonly rule: string | null
  /** The credential that was looked at; an anonymous sender's belongs to the listener (relay-protocol 2.4). */
  readonly spent: Credential
}

/** Checks a sender's right to an entity. Throws RelayError for a refusal. Source: relay-protocol 2. */
export async function authorizeSender(
  call: RelayCall,
  transport: 'webSocket' | 'http',
  { verified, entra, now }: Pick<RelayDeps, 'verified' | 'entra' | 'now'>,
): Promise<SenderGrant> {
  const { request, target, namespace, hybridConnection, hosts } = call
  const credential = readCredential(transport, request.headers, target.query)
  const { segments } = target
  const grant = await authorize(
    { namespace, hosts, segments, hybridConnection, claim: 'Send', verified, entra },
    credential,
    now(),
  )
  if (!hybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
  const spent = grant === null ? ({ kind: 'none' } as const) : credential
  return { hybridConnection, rule: grant?.rule ?? null, spent }
}

/**
 * Checks everything of a sender's WebSocket that needs no listener, and notes the rule that let it in. Resolves to what
 * a listener is told. Throws RelayError for a refusal. Source: relay-protocol 2 and 4.2.
 */
export async function admitSender(
  call: RelayCall,
  connection: Connection,
  deps: RelayDeps,
): Promise<AcceptWriter> {
  checkHandshake(call.request)
  const { rule, spent } = await authorizeSender(call, 'webSocket', deps)
  connection.rule = rule
  const { connectionsPerNamespace } = deps.limits()
  if (
    connectionsPerNamespace > 0 &&
    deps.sockets.of(call.namespace.name) > connectionsPerNamespace
  ) {
    enforceQuota(call, deps, 'RELAY_CONNECTION_QUOTA')
  }
  return acceptWriter(call, withoutCredentials(headerList(call.request.rawHeaders), spent))
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
