import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Sessions } from '../../../console/session.ts'
import { EventFeed } from '../../events.ts'
import { MemoryStore } from '../../namespace/memory-store.ts'
import { RuntimeSettings } from '../../runtime-settings.ts'
import { NetworkHits } from '../../namespace/network-hits.ts'
import { type AdminDeps, buildAdminApp } from '../admin-app.ts'
import type {
  CloseMeans,
  ConnectionRow,
  DropMeans,
  ExchangeRow,
  ListenerRow,
  PickRow,
} from '../contract.ts'
import type { LiveSource, OpenTunnels } from '../live.ts'
import { openAmong } from '../open-tunnels.ts'

/** 2030-01-01T00:00:00Z, the time in every fixture. */
export const NOW_MS = Date.UTC(2030, 0, 1)

/** What stands for a test's teardown. */
type Scope = { teardown(fn: () => unknown): void }

/** A relay that says what a test tells it to. */
export class FakeLive implements LiveSource {
  listenerRows: ListenerRow[] = []
  connectionRows: ConnectionRow[] = []
  exchangeRows: ExchangeRow[] = []
  pickRows: PickRow[] = []
  bytes = new Map<string, number>()
  directions = { toListener: 0, toSender: 0 }
  readonly dropped: { id: string; means: DropMeans }[] = []
  readonly closed: { id: string; means: CloseMeans }[] = []

  listeners(): readonly ListenerRow[] {
    return this.listenerRows
  }
  connections(): readonly ConnectionRow[] {
    return this.connectionRows
  }
  endedConnections(): readonly ConnectionRow[] {
    return this.connectionRows.filter(({ endedMs }) => endedMs !== null)
  }
  takeConnectionChanges(): null {
    return null
  }
  openTunnels(): OpenTunnels {
    return openAmong(this.connectionRows)
  }
  exchanges(): readonly ExchangeRow[] {
    return this.exchangeRows
  }
  picks(): readonly PickRow[] {
    return this.pickRows
  }
  dropListener(id: string, means: DropMeans): boolean {
    const isLive = this.listenerRows.some((row) => row.id === id && row.ended === null)
    if (isLive) this.dropped.push({ id, means })
    return isLive
  }
  closeConnection(id: string, means: CloseMeans): boolean {
    const isLive = this.connectionRows.some((row) => row.id === id && row.phase === 'open')
    if (isLive) this.closed.push({ id, means })
    return isLive
  }
  bytesTransferred(): ReadonlyMap<string, number> {
    return this.bytes
  }
  bytesByDirection(): { toListener: number; toSender: number } {
    return { ...this.directions }
  }
}

export type AdminFixture = {
  readonly app: FastifyInstance
  readonly store: MemoryStore
  readonly events: EventFeed
  readonly live: FakeLive
  /** What the admin port wrote to its log. */
  readonly logged: unknown[]
  /** A call like the command line makes: local Host, JSON. */
  readonly call: (method: Method, path: string, body?: object) => Promise<Answer>
}

type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
/** `body` is what the JSON says, or undefined for an empty answer. Tests look into it without a schema. */
export type Answer = { readonly status: number; readonly body: Json; readonly text: string }
type Json = { readonly [key: string]: Json } & readonly Json[] & string

/** The admin port over a store with namespace `contoso` and hybrid connection `sql`. Closed by the test. */
export async function startAdmin(t: Scope, deps: Partial<AdminDeps> = {}): Promise<AdminFixture> {
  const store = new MemoryStore(() => NOW_MS)
  store.putNamespace('contoso', {})
  store.putHybridConnection('contoso', 'sql', {
    userMetadata: '[{"key":"endpoint","value":"db.corp.local:5432"}]',
  })
  store.putRule({ namespace: 'contoso', hybridConnection: 'sql' }, 'defaultListener', ['Listen'])
  const events = new EventFeed(() => NOW_MS)
  const live = new FakeLive()
  const logged: unknown[] = []
  const app = await buildAdminApp({
    version: '1.2.3',
    store,
    events,
    live,
    hits: new NetworkHits(),
    metrics: {
      contentType: 'text/plain; version=0.0.4',
      text: () => 'up 1\n',
      of: () => ({ ActiveListeners: 1 }),
    },
    isReady: () => true,
    isStopping: () => false,
    caPem: 'the certificate',
    caFile: null,
    settings: new RuntimeSettings({ profile: '2025', seed: 42, loose: false }),
    guard: { token: '', allowedHosts: [] },
    sessions: new Sessions({ now: () => NOW_MS, random: randomBytes }),
    facts: () => ({
      startedAt: new Date(NOW_MS).toISOString(),
      epoch: 'e_1',
      profile: '2025',
      seed: 42,
      loose: false,
      urls: { relay: 'sb://localhost:9443/', plain: null, admin: 'http://127.0.0.1:9400' },
    }),
    endpointPort: () => 9443,
    reload: async () => ({ ok: true, file: null, changes: [], warnings: [] }),
    reset: async () => {},
    now: () => NOW_MS,
    logger: {
      debug: (fields, message) => logged.push({ ...fields, message }),
      error: (fields, message) => logged.push({ ...fields, message }),
    },
    ...deps,
  })
  t.teardown(() => app.close())
  const call = async (method: Method, path: string, body?: object): Promise<Answer> => {
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        host: 'localhost:9400',
        ...(method !== 'GET' && { 'content-type': 'application/json' }),
      },
      ...(body && { payload: JSON.stringify(body) }),
    })
    const text = answer.body
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    return { status: answer.statusCode, body: isJson ? JSON.parse(text) : undefined, text }
  }
  return { app, store, events, live, logged, call }
}

export function listenerRow(row: Partial<ListenerRow> = {}): ListenerRow {
  return {
    id: 'l_1',
    label: 'onprem-1',
    trackingId: '5b1c_G0',
    namespace: 'contoso',
    hybridConnection: 'sql',
    remote: '127.0.0.1:52110',
    userAgent: null,
    rule: 'defaultListener',
    since: new Date(NOW_MS).toISOString(),
    tokenExpiresAt: new Date(NOW_MS + 3_600_000).toISOString(),
    lastPongAt: null,
    pingMs: 0.4,
    offered: 10,
    accepted: 9,
    expected: 9.5,
    offers: 19,
    rejected: 1,
    timedOut: 0,
    renewals: 0,
    missedPongs: 0,
    ended: null,
    ...row,
  }
}

export function connectionRow(row: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    id: 'c_1',
    namespace: 'contoso',
    hybridConnection: 'sql',
    phase: 'open',
    trackingId: '5b1d_G0',
    sender: { label: 'web', remote: '127.0.0.1:52114', rule: 'defaultSender' },
    listener: { id: 'l_1', label: 'onprem-1' },
    startedAt: new Date(NOW_MS - 1000).toISOString(),
    acceptSentMs: 0.4,
    acceptedMs: 3.1,
    openMs: 3.4,
    closingMs: null,
    endedMs: null,
    bytesToListener: 1_000,
    bytesToSender: 2_000,
    rateToListener: 0,
    rateToSender: 0,
    closedBy: null,
    means: null,
    code: null,
    reason: null,
    capture: 'off',
    listenerRemote: '127.0.0.1:52120',
    subProtocol: null,
    framesToListener: 1,
    framesToSender: 2,
    senderClose: null,
    listenerClose: null,
    ...row,
  }
}

export function exchangeRow(row: Partial<ExchangeRow> = {}): ExchangeRow {
  return {
    id: 'x_1',
    namespace: 'contoso',
    hybridConnection: 'web',
    trackingId: '5b1e_G0',
    method: 'GET',
    target: '/web/hook?x=1',
    status: 200,
    sender: { label: 'curl', remote: '127.0.0.1:52115', rule: 'defaultSender' },
    listener: { id: 'l_1', label: 'onprem-1' },
    via: 'controlChannel',
    startedAt: new Date(NOW_MS - 1000).toISOString(),
    pickedMs: 0.1,
    deliveredMs: 0.3,
    headMs: 3.1,
    endMs: 3.4,
    waitMs: 60_000,
    requestBytes: 0,
    responseBytes: 14,
    code: null,
    reason: null,
    replayOf: null,
    ...row,
  }
}
