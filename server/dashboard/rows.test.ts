import { test } from 'tap'
import { MemoryStore } from '../namespace/memory-store.ts'
import {
  countLive,
  entitiesWithRule,
  hybridConnectionRow,
  liveNow,
  namespaceRow,
  overviewRow,
  ruleRow,
} from './rows.ts'
import { connectionRow, FakeLive, listenerRow, NOW_MS } from './testing/admin-fixture.ts'

const ENDED = { at: '', by: 'relay', code: 1001, reason: '' } as const
const FACTS = {
  startedAt: '2030-01-01T00:00:00.000Z',
  epoch: 'e_1',
  profile: '2025',
  seed: 42,
  loose: false,
  urls: { relay: 'sb://localhost:9443/', plain: null, admin: 'http://127.0.0.1:9400' },
} as const

function twoEntities() {
  const store = new MemoryStore(() => NOW_MS)
  store.putNamespace('contoso', { hosts: ['relay.local'] })
  store.putHybridConnection('contoso', 'sql', {})
  store.putHybridConnection('contoso', 'web/api', { requiresClientAuthorization: false })
  return store
}

const MORE = { version: '1.2.3', lastEvent: 7, isFailing: false, nowMs: NOW_MS, exchanges: [] }

test('an entity is connected while a listener lives, whatever the spelling of its name', (t) => {
  const live = new FakeLive()
  live.listenerRows = [
    listenerRow({ hybridConnection: 'SQL', namespace: 'Contoso' }),
    listenerRow({ id: 'l_2', ended: ENDED }),
    listenerRow({ id: 'l_3', hybridConnection: 'web/api', ended: ENDED }),
  ]
  live.connectionRows = [connectionRow(), connectionRow({ id: 'c_2', phase: 'closed' })]
  const counts = countLive(liveNow(live))
  const namespace = twoEntities().get('contoso')
  const rows = namespace?.hybridConnections.map((entity) =>
    hybridConnectionRow('contoso', entity, counts),
  )
  t.match(rows, [
    { name: 'sql', status: 'Connected', listenerCount: 1, open: 1, endpoint: null },
    {
      name: 'web/api',
      status: 'Not connected',
      listenerCount: 0,
      requiresClientAuthorization: false,
    },
  ])
  t.match(namespace && namespaceRow(namespace, counts), {
    hosts: ['relay.local'],
    hybridConnections: 2,
    listeners: 1,
    open: 1,
  })
  t.end()
})

test('a listener counts for the rule that signed its token, the own one of its entity first', (t) => {
  const store = twoEntities()
  const shared = { namespace: 'contoso' }
  const own = { namespace: 'contoso', hybridConnection: 'sql' }
  const rules = [
    store.putRule(shared, 'listen', ['Listen']),
    store.putRule(own, 'listen', ['Listen']),
  ]
  const listeners = [
    listenerRow({ rule: 'listen' }),
    listenerRow({ rule: 'LISTEN', hybridConnection: 'web/api' }),
    listenerRow({ rule: 'listen', hybridConnection: 'web/api' }),
    listenerRow({ rule: 'other' }),
  ]
  const namespace = store.get('contoso')
  const shadowedBy = namespace ? entitiesWithRule(namespace, 'listen') : new Set<string>()
  const live = [shared, own].map((scope, index) => {
    const rule = rules[index]
    return rule && ruleRow(rule, scope, listeners, shadowedBy).liveListeners
  })
  t.same(live, [2, 1])
  t.end()
})

test('a relay works while a tunnel is open, and for a minute after it has served', (t) => {
  const live = new FakeLive()
  const stateWith = (hasServedLately: boolean, ...rows: ReturnType<typeof connectionRow>[]) => {
    live.connectionRows = rows
    return overviewRow(FACTS, { ...MORE, series: series(hasServedLately) }, liveNow(live)).state
  }
  t.equal(stateWith(false), 'idle')
  t.equal(stateWith(false, connectionRow({ startedAt: '2029-01-01T00:00:00.000Z' })), 'working')
  t.equal(stateWith(true, connectionRow({ phase: 'closed' })), 'working')
  t.equal(stateWith(false, connectionRow({ phase: 'refused', openMs: null })), 'idle')
  t.end()
})

test('senders are told apart by their labels; who asked within the last minute counts', (t) => {
  const live = new FakeLive()
  live.connectionRows = ['web', 'web', 'curl'].map((label, index) =>
    connectionRow({ id: `c_${index}`, sender: { label, remote: '', rule: null } }),
  )
  const asked = (label: string, agoMs: number) => ({
    sender: { label, remote: '', rule: null },
    startedAt: new Date(NOW_MS - agoMs).toISOString(),
  })
  const exchanges = [asked('wget', 59_000), asked('web', 0), asked('gone', 60_000)]
  const more = { ...MORE, exchanges, series: series(false) }
  const row = overviewRow(FACTS, more, liveNow(live))
  t.match(row, { senders: 3, open: 3, newPerSecond: 3, listeners: 0, lastEvent: 7, seed: 42 })
  t.end()
})

function series(hasServedLately: boolean) {
  return {
    connectsPerSecond: 3,
    seen: { listener: false, tunnel: false, answer: false },
    hasServedLately: () => hasServedLately,
  }
}
