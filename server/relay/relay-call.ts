import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type RelayTarget, readAuthority, readTarget } from '../../protocol/addresses.ts'
import { decodeEscapes } from '../../protocol/escapes.ts'
import { readRawParameter } from '../../protocol/parameters.ts'
import type { RemoteEndpoint } from '../../protocol/control-message.ts'
import { matchEntity } from '../../protocol/entity-path.ts'
import type { HybridConnection, Namespace } from '../../protocol/entity.ts'
import { RelayError, type RelayErrorCode } from '../../protocol/errors.ts'
import { MAX_ENTITY_NAME_CHARACTERS } from '../../protocol/limits.ts'
import { cleanReason } from '../../protocol/reason-phrase.ts'
import {
  connectionId,
  httpTracker,
  trackingSuffix,
  webSocketTracker,
} from '../../protocol/tracking.ts'
import type { EntraDoor } from '../auth/entra-door.ts'
import type { VerifiedTokens } from '../auth/verified-tokens.ts'
import type { EventFeed, EventSubject, RelayFact } from '../events.ts'
import { audienceHosts, resolveNamespace } from '../namespace/host-names.ts'
import type { NetworkHits } from '../namespace/network-hits.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { RelayLimits } from '../relay-limits.ts'
import type { ConnectionSet } from './connection-set.ts'
import type { ExchangeSet } from './exchange-set.ts'
import type { FaultGate } from './fault-gate.ts'
import type { HttpActivity } from './http-activity.ts'
import type { ListenerSet } from './listener-set.ts'
import { remoteEndpoint, remoteText } from './peer.ts'
import type { PendingResponses } from './pending-responses.ts'
import { type RendezvousPlace, rendezvousNamespace } from './rendezvous-place.ts'
import type { RendezvousRegistry } from './rendezvous-registry.ts'
import type { SocketCounter } from './socket-counter.ts'
import type { SpliceMemory } from './splice-memory.ts'
import type { Upgrade } from './upgrade-bridge.ts'

/** The listener's side of a rendezvous: its unanswered upgrade. */
export type Rendezvous = {
  readonly request: IncomingMessage
  readonly upgrade: Upgrade
  /** Where it dialled from, `address:port`. */
  readonly remote: string
}

/** What all relay routes share. One per server. */
export type RelayDeps = {
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly listeners: ListenerSet
  readonly connections: ConnectionSet
  readonly exchanges: ExchangeSet
  readonly rendezvous: RendezvousRegistry<Rendezvous>
  readonly responses: PendingResponses
  readonly verified: VerifiedTokens
  /** Judges tokens of Entra ID. */
  readonly entra: EntraDoor
  readonly http: HttpActivity
  readonly sockets: SocketCounter
  readonly faults: FaultGate
  readonly hits: NetworkHits
  /** What the joined pairs of sockets share. */
  readonly memory: SpliceMemory
  /** Where a listener is to dial a rendezvous: what it dialled itself, or a gateway. */
  rendezvousPlace(dialled: RendezvousPlace): RendezvousPlace
  /** True with `--loose`: quotas warn and do not refuse. */
  readonly isLoose: boolean
  /** In force now; a reload may change them. */
  limits(): RelayLimits
  readonly now: () => number
}

/** One request at the relay's ports, read once. */
export type RelayCall = {
  readonly request: IncomingMessage
  readonly target: RelayTarget
  readonly namespace: Namespace
  /** Undefined when the path names no entity. */
  readonly hybridConnection: HybridConnection | undefined
  /** Names a token's audience may have. */
  readonly hosts: readonly string[]
  /** `{guid}_G0`. */
  readonly trackingId: string
  /** Where the caller is. */
  readonly remoteEndpoint: RemoteEndpoint
  /** The same as `address:port`. */
  readonly remote: string
  /** Whom facts of this call are about; holds nothing of the request. */
  readonly subject: EventSubject
  /** The text a caller gets: cleaned, with the tracking suffix. */
  describe(text: string): string
  /** A fact about this call, for the event feed. */
  fact(fact: Partial<RelayFact> & Pick<RelayFact, 'type' | 'message'>): void
}

/** Reads a request. Throws RELAY_TARGET_INVALID and RELAY_NAMESPACE_UNKNOWN. */
export function readCall(request: IncomingMessage, deps: RelayDeps): RelayCall {
  const target = readTarget(request.url ?? '/')
  if (hasTwoHosts(request.rawHeaders)) throw new RelayError('RELAY_TARGET_INVALID')
  // What an absolute target names counts, and not the Host beside it. Source: RFC 9112 3.2.2.
  const authority = readAuthority(request.url ?? '/')
  if (authority !== undefined) request.headers.host = authority
  const namespaces = deps.store.list()
  const { host: hostHeader } = request.headers
  const namespace =
    resolveNamespace(namespaces, hostHeader) ?? rendezvousNamespace(hostHeader, target.query, deps)
  if (!namespace) throw new RelayError('RELAY_NAMESPACE_UNKNOWN')
  const match = matchEntity(
    target.segments,
    (name) => deps.store.hybridConnection(namespace.name, name) !== undefined,
  )
  const hybridConnection = match && deps.store.hybridConnection(namespace.name, match.name)
  const trackingId = connectionId(senderId(target.query), randomUUID)
  return new ReadCall(
    deps,
    request,
    target,
    namespace,
    hybridConnection,
    trackingId,
    namespace === namespaces[0],
  )
}

/** `sb-hc-id`; one with a broken escape is no GUID, and no reason to refuse the call. Relay-protocol 11, row 22. */
function senderId(query: string): string | undefined {
  const raw = readRawParameter(query, 'sb-hc-id')
  return raw === undefined ? undefined : decodeEscapes(raw)
}

class ReadCall implements RelayCall {
  readonly request: IncomingMessage
  readonly target: RelayTarget
  readonly namespace: Namespace
  readonly hybridConnection: HybridConnection | undefined
  readonly trackingId: string
  readonly remoteEndpoint: RemoteEndpoint
  readonly remote: string
  readonly #deps: RelayDeps
  readonly #isFirstNamespace: boolean
  #hosts: readonly string[] | undefined
  #subject: EventSubject | undefined

  constructor(
    deps: RelayDeps,
    request: IncomingMessage,
    target: RelayTarget,
    namespace: Namespace,
    hybridConnection: HybridConnection | undefined,
    trackingId: string,
    isFirstNamespace: boolean,
  ) {
    this.#deps = deps
    this.request = request
    this.target = target
    this.namespace = namespace
    this.hybridConnection = hybridConnection
    this.trackingId = trackingId
    this.#isFirstNamespace = isFirstNamespace
    this.remoteEndpoint = remoteEndpoint(request)
    this.remote = remoteText(this.remoteEndpoint)
  }

  get hosts(): readonly string[] {
    const { host } = this.request.headers
    return (this.#hosts ??= audienceHosts(this.namespace, this.#isFirstNamespace, host))
  }

  describe(text: string): string {
    const { target, request, namespace, trackingId: id } = this
    const tracker = target.isHybridConnection ? webSocketTracker : httpTracker
    const host = (request.headers.host ?? namespace.name).replace(/:\d+$/, '')
    const nowMs = this.#deps.now()
    return cleanReason(text + trackingSuffix({ id, tracker: tracker(host, target.path), nowMs }))
  }

  get subject(): EventSubject {
    return (this.#subject ??= {
      namespace: this.namespace.name,
      hybridConnection: entityName(this.hybridConnection, this.target),
      who: this.remote,
      trackingId: this.trackingId,
    })
  }

  fact(fact: Parameters<RelayCall['fact']>[0]): void {
    this.#deps.events.emit(fact, this.subject)
  }
}

/** What a caller gets whose request could not even be read: as {@link RelayCall.describe}, as far as it goes. */
export function describeUnread(
  { headers, url }: IncomingMessage,
  nowMs: number,
  text: string,
): string {
  const path = (url ?? '').replace(/^\/+(?:(?:\$|%24)hc\/+)?|[?#].*$/gi, '')
  const tracker = /^\/+(?:\$|%24)hc(?:\/|$)/i.test(url ?? '') ? webSocketTracker : httpTracker
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  return cleanReason(
    text + trackingSuffix({ id: randomUUID(), tracker: tracker(host, path), nowMs }),
  )
}

/** Refuses what goes beyond a quota of Azure; with `--loose` it is let through and told to the feed. */
export function enforceQuota(call: RelayCall, deps: RelayDeps, code: RelayErrorCode): void {
  const error = new RelayError(code)
  if (!deps.isLoose) throw error
  call.fact({ type: 'looseAccepted', level: 'warning', code, message: error.message })
}

/** Node takes the first of several; another server on the way may take the last. Source: RFC 9112 3.2. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

/** Name of the entity a call is about; the path it asked for, cut, where there is none. */
export function entityName(
  hybridConnection: HybridConnection | undefined,
  target: RelayTarget,
): string {
  return hybridConnection?.name ?? target.segments.join('/').slice(0, MAX_ENTITY_NAME_CHARACTERS)
}

/** A message is about to be written to a control channel; `MessageSentToListener` follows when the channel took it. */
export function reportSending(call: RelayCall, label: string, host: string): void {
  call.fact({
    type: 'acceptSent',
    level: 'debug',
    operation: 'MessageSendingToListener',
    message: `offering to ${label} at ${host}`,
  })
}

/** Status of a refusal: the table's, or what the configuration says where Azure's is not known. */
export function refusalStatus(error: RelayError, limits: RelayLimits): number {
  if (error.code === 'RELAY_ACCEPT_TIMEOUT') return limits.acceptTimeoutStatus
  if (error.code === 'RELAY_CLAIM_MISSING') return limits.missingClaimStatus
  return error.status
}

/** Name of the diagnostic operation of a refusal (relay-protocol 8.3), null where there is none. */
export function refusalOperation(error: RelayError): string | null {
  if (error.code === 'RELAY_CLAIM_MISSING') return 'AuthorizationFailed'
  return error.code.startsWith('RELAY_TOKEN_') ? 'InvalidSasToken' : null
}
