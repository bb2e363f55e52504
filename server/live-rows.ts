import type { ConnectionRow, ExchangeRow, ListenerRow, PickRow } from './dashboard/contract.ts'
import type { Connection } from './relay/connection.ts'
import type { Exchange } from './relay/exchange-set.ts'
import type { ListenerRecord } from './relay/listener-set.ts'
import type { PickRecord } from './relay/pick-log.ts'

/** What the relay keeps, as the rows that the admin port shows. */

export function listenerRow(channel: ListenerRecord): ListenerRow {
  const { identity, grant, end } = channel
  return {
    id: identity.id,
    label: identity.label,
    trackingId: identity.trackingId,
    namespace: identity.namespace,
    hybridConnection: identity.hybridConnection,
    remote: identity.remote,
    userAgent: identity.userAgent,
    rule: grant.rule,
    since: iso(channel.sinceMs),
    tokenExpiresAt: iso(Math.min(grant.expiresAtMs, MAX_DATE_MS)),
    lastPongAt: channel.lastPongAtMs === null ? null : iso(channel.lastPongAtMs),
    pingMs: channel.pingMs,
    offered: channel.offered,
    accepted: channel.accepted,
    expected: channel.expected,
    offers: channel.offers,
    rejected: channel.rejected,
    timedOut: channel.timedOut,
    renewals: channel.renewals,
    missedPongs: channel.missedPongs,
    ended: end && { at: iso(end.atMs), by: end.by, code: end.code, reason: end.reason },
  }
}

export function connectionRow(connection: Connection): ConnectionRow {
  const { identity, end, listener, closes } = connection
  return {
    id: identity.id,
    namespace: identity.namespace,
    hybridConnection: identity.hybridConnection,
    phase: connection.phase,
    trackingId: identity.trackingId,
    sender: { label: identity.label, remote: identity.remote, rule: connection.rule },
    listener: listener && { id: listener.id, label: listener.label },
    startedAt: iso(connection.startedAtMs),
    acceptSentMs: connection.enteredMs('acceptSent'),
    acceptedMs: connection.enteredMs('accepted'),
    openMs: connection.enteredMs('open'),
    closingMs: connection.enteredMs('closing'),
    endedMs: connection.endedMs,
    bytesToListener: connection.bytesToListener,
    bytesToSender: connection.bytesToSender,
    rateToListener: connection.rateToListener,
    rateToSender: connection.rateToSender,
    closedBy: end?.by ?? null,
    means: end?.means ?? null,
    code: end?.code ?? null,
    reason: end?.reason ?? null,
    capture: 'off',
    listenerRemote: connection.listenerRemote,
    subProtocol: connection.subProtocol,
    framesToListener: connection.framesToListener,
    framesToSender: connection.framesToSender,
    senderClose: closes.sender ?? null,
    listenerClose: closes.listener ?? null,
  }
}

export function exchangeRow(exchange: Exchange): ExchangeRow {
  const { identity, listener } = exchange
  return {
    id: exchange.id,
    namespace: identity.namespace,
    hybridConnection: identity.hybridConnection,
    trackingId: identity.trackingId,
    method: identity.method,
    target: identity.target,
    status: exchange.status,
    sender: { label: identity.label, remote: identity.remote, rule: exchange.rule },
    listener: listener && { id: listener.id, label: listener.label },
    via: exchange.via,
    startedAt: iso(exchange.startedAtMs),
    pickedMs: exchange.pickedMs,
    deliveredMs: exchange.deliveredMs,
    headMs: exchange.headMs,
    endMs: exchange.endMs,
    waitMs: identity.waitMs,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    code: exchange.code,
    reason: exchange.reason,
    replayOf: null,
  }
}

export function pickRow({ n, atMs, candidates, chosen, filter, subject }: PickRecord): PickRow {
  return {
    n,
    at: iso(atMs),
    candidates: candidates.map(({ id, label }) => ({ id, label })),
    chosen: { id: chosen.id, label: chosen.label },
    allowed: filter.allowed ? [...filter.allowed] : null,
    disallowed: [...filter.disallowed],
    ref: subject,
  }
}

/** Last instant a Date can hold. */
const MAX_DATE_MS = 8.64e15

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
