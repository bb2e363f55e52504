import { WebSocketServer } from 'ws'
import { MAX_CONTROL_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { RelayError } from '../../protocol/errors.ts'
import { guidPrefix } from '../../protocol/tracking.ts'
import { TLSSocket } from 'node:tls'
import { authorize, authorizeToken } from '../auth/authorize.ts'
import { readCredential } from '../auth/token-source.ts'
import { type ChannelEnd, ControlChannel, type ControlChannelEvents } from './control-channel.ts'
import { ControlWriter } from './control-writer.ts'
import { checkHandshake } from './handshake.ts'
import { peerLabel } from './peer.ts'
import type { PendingResponses } from './pending-responses.ts'
import { type RelayCall, type RelayDeps, enforceQuota, refusalOperation } from './relay-call.ts'
import type { UpgradeBridge } from './upgrade-bridge.ts'

/** Opens control channels. Source: relay-protocol 3. */
export class ListenRoute {
  readonly #deps: RelayDeps
  readonly #bridge: UpgradeBridge
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // A response may come in very many fragments (relay-protocol 12.11); its bytes are what is bounded.
    maxFragments: 0,
    maxPayload: 2 * MAX_CONTROL_MESSAGE_BYTES,
  })
  #count = 0

  constructor(deps: RelayDeps, bridge: UpgradeBridge) {
    this.#deps = deps
    this.#bridge = bridge
    this.#webSockets.on('headers', (headers, request) => {
      headers.push(`TrackingId: ${this.#trackingIds.get(request) ?? ''}`)
    })
  }

  readonly #trackingIds = new WeakMap<object, string>()

  /** Answers 101 and registers the channel, or rejects with a RelayError for the refusal. */
  async handle(call: RelayCall): Promise<void> {
    const { request, target, namespace, hybridConnection } = call
    const authorizedCall = {
      namespace,
      hosts: call.hosts,
      segments: target.segments,
      hybridConnection,
      claim: 'Listen',
      entra: this.#deps.entra,
    } as const
    try {
      checkHandshake(request)
      const credential = readCredential('webSocket', request.headers, target.query)
      const grant = await authorize(authorizedCall, credential, this.#deps.now())
      // It may have been deleted while the token was looked at.
      const isThere =
        hybridConnection && this.#deps.store.hybridConnection(namespace.name, hybridConnection.name)
      if (!isThere || !grant) throw new RelayError('RELAY_ENTITY_UNKNOWN')
      this.#checkQuota(call, hybridConnection.name)
      const { socket, head } = this.#bridge.take(request)
      this.#trackingIds.set(request, call.trackingId)
      // A control channel has no sub-protocol, and the library would refuse a list that it cannot read.
      delete request.headers['sec-websocket-protocol']
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const limits = this.#deps.limits()
        const channel = new ControlChannel(
          webSocket,
          {
            id: `l_${++this.#count}`,
            listenerId: (guidPrefix(call.trackingId) ?? call.trackingId).toLowerCase(),
            trackingId: call.trackingId,
            namespace: namespace.name,
            hybridConnection: hybridConnection.name,
            label: peerLabel(request),
            remote: call.remote,
            userAgent: request.headers['user-agent'] ?? null,
            scheme: socket instanceof TLSSocket ? 'wss' : 'ws',
            host: request.headers.host ?? '',
          },
          grant,
          {
            writer: new ControlWriter(socket),
            now: this.#deps.now,
            pingIntervalMs: limits.pingIntervalMs,
            tokenGraceMs: limits.tokenGraceSeconds * 1000,
            authorize: (token) => this.#renew(authorizedCall, token),
            suffix: () => call.describe(''),
            on: channelEvents(call, this.#deps.responses),
          },
        )
        this.#deps.listeners.add(channel)
        call.fact({
          type: 'listenerConnected',
          operation: 'NewListenerRegistered',
          message: `${channel.identity.label} listens with rule ${grant.rule}`,
        })
      })
    } catch (error) {
      if (error instanceof RelayError) {
        call.fact({
          type: 'listenerRefused',
          level: 'warning',
          operation: refusalOperation(error),
          code: error.code,
          message: error.message,
        })
      }
      throw error
    }
  }

  /** Rules may have changed since the channel opened: the entity is looked up again. */
  #renew(call: Parameters<typeof authorizeToken>[0], token: string) {
    const { store, now } = this.#deps
    const namespace = store.get(call.namespace.name)
    const hybridConnection = store.hybridConnection(
      call.namespace.name,
      call.hybridConnection?.name ?? '',
    )
    if (!namespace || !hybridConnection) throw new RelayError('RELAY_ENTITY_UNKNOWN')
    return authorizeToken({ ...call, namespace, hybridConnection }, token, now())
  }

  #checkQuota(call: RelayCall, hybridConnection: string): void {
    const namespace = call.namespace.name
    const { listeners, sockets } = this.#deps
    const { listenersPerHybridConnection, connectionsPerNamespace } = this.#deps.limits()
    if (listeners.of(namespace, hybridConnection).length >= listenersPerHybridConnection) {
      enforceQuota(call, this.#deps, 'RELAY_LISTENER_QUOTA')
    }
    if (connectionsPerNamespace > 0 && sockets.of(namespace) >= connectionsPerNamespace) {
      enforceQuota(call, this.#deps, 'RELAY_CONNECTION_QUOTA')
    }
  }
}

function channelEvents(call: RelayCall, responses: PendingResponses): ControlChannelEvents {
  return {
    renewed: (channel) =>
      call.fact({ type: 'tokenRenewed', message: `token renewed with rule ${channel.grant.rule}` }),
    renewalRefused: (_channel, fault) =>
      call.fact({
        type: 'tokenRefused',
        level: 'warning',
        operation: refusalOperation(fault),
        code: fault.code,
        message: fault.message,
      }),
    expired: () =>
      call.fact({
        type: 'tokenRefused',
        level: 'warning',
        operation: 'ListenerClosingFromExpiredToken',
        code: 'RELAY_TOKEN_EXPIRED',
        message: 'the listener did not renew its token',
      }),
    unresponsive: () =>
      call.fact({
        type: 'listenerUnresponsive',
        level: 'warning',
        operation: 'ListenerUnresponsive',
        message: 'two pings in a row had no answer',
      }),
    malformed: (channel, requestId, text) => responses.fail(channel, requestId, text),
    responded: (channel, message, body) => responses.respond(channel, message, body),
    ended: (channel) =>
      call.fact({
        type: 'listenerDisconnected',
        operation: 'ListenerUnregistered',
        message: endText(channel.end),
      }),
  }
}

function endText(end: ChannelEnd | null): string {
  if (!end) return 'ended'
  const code = end.code === null ? 'without a code' : `with ${end.code}`
  return `ended by the ${end.by} ${code}${end.reason === '' ? '' : `: ${end.reason}`}`
}
