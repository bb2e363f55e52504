import { test } from 'tap'
import { connectionRow, FakeLive, listenerRow } from './dashboard/testing/admin-fixture.ts'
import { EventFeed, type RelayFact } from './events.ts'
import { Counts, formatMetrics } from './metrics-text.ts'
import { createMetrics } from './metrics.ts'
import { MemoryStore } from './namespace/memory-store.ts'

const SQL = '{namespace="contoso",entity_name="sql"}'

function setUp(t: { teardown(fn: () => unknown): void }) {
  const store = new MemoryStore(() => 0)
  store.putNamespace('contoso', {})
  store.putHybridConnection('contoso', 'sql', {})
  const events = new EventFeed(() => 0)
  const live = new FakeLive()
  const metrics = createMetrics({ events, live, store })
  t.teardown(() => metrics.close())
  const fact = (type: RelayFact['type'], more: Partial<RelayFact> = {}) =>
    events.emit({ namespace: 'contoso', hybridConnection: 'sql', message: '', ...more, type })
  const value = async (sample: string) => {
    const line = metrics
      .text()
      .split('\n')
      .find((text) => text.startsWith(`${sample} `))
    return line && Number(line.slice(sample.length))
  }
  return { store, events, live, metrics, fact, value }
}

test('the thirteen metrics of Azure Monitor are there in snake case (relay-protocol 8.2)', async (t) => {
  const { metrics } = setUp(t)
  const text = metrics.text()
  const azure = [
    ...['Success', 'ClientError', 'ServerError', 'TotalRequests'].flatMap((outcome) => [
      `ListenerConnections-${outcome}`,
      `SenderConnections-${outcome}`,
    ]),
    'ActiveConnections',
    'ActiveListeners',
    'ListenerDisconnects',
    'SenderDisconnects',
    'BytesTransferred',
  ]
  t.equal(azure.length, 13)
  for (const name of azure) {
    const snakeCase = name
      .replace('-', '')
      .replaceAll(/(?<!^)([A-Z])/g, '_$1')
      .toLowerCase()
    t.match(text, new RegExp(`^# TYPE ${snakeCase} (counter|gauge)$`, 'm'))
  }
  t.match(text, /^process_resident_memory_bytes \d{6,}$/m)
  t.match(metrics.contentType, 'text/plain')
})

test('every outcome of a listener and of a sender is counted once', async (t) => {
  const { fact, value } = setUp(t)
  fact('listenerConnected')
  fact('listenerRefused', { code: 'RELAY_TOKEN_EXPIRED' })
  fact('listenerRefused', { code: 'RELAY_STOPPING' })
  fact('listenerDisconnected')
  for (let sender = 0; sender < 6; sender++) fact('senderConnecting')
  fact('connectionOpened')
  fact('senderRefused', { code: 'RELAY_NO_LISTENERS' })
  fact('senderRefused', { code: 'RELAY_STOPPING' })
  fact('acceptTimedOut', { code: 'RELAY_ACCEPT_TIMEOUT' })
  fact('rejected')
  fact('connectionClosed', { operation: 'SenderConnectionClosed' })
  fact('connectionClosed', { message: 'the sender left before a listener came' })
  const expected = {
    listener_connections_success: 1,
    listener_connections_client_error: 1,
    listener_connections_server_error: 1,
    listener_connections_total_requests: 3,
    listener_disconnects: 1,
    sender_connections_success: 1,
    sender_connections_client_error: 3,
    sender_connections_server_error: 1,
    sender_connections_total_requests: 6,
    sender_disconnects: 1,
  }
  for (const [name, count] of Object.entries(expected)) {
    t.equal(await value(`${name}${SQL}`), count, name)
  }
})

test('the metrics of one hybrid connection have the names of Azure Monitor', async (t) => {
  const { fact, live, metrics } = setUp(t)
  fact('listenerConnected')
  fact('senderConnecting')
  fact('rejected')
  live.listenerRows = [listenerRow()]
  live.bytes.set('contoso/sql', 12)
  const own = metrics.of('contoso', 'sql')
  t.equal(Object.keys(own).length, 13)
  t.match(own, {
    'ListenerConnections-Success': 1,
    'SenderConnections-ClientError': 1,
    'SenderConnections-TotalRequests': 1,
    ActiveListeners: 1,
    SenderDisconnects: 0,
    BytesTransferred: 12,
  })
  t.match(metrics.of('contoso', 'other'), { 'ListenerConnections-Success': 0, ActiveListeners: 0 })
})

test('what is connected and how much went through is read when it is asked for', async (t) => {
  const { live, value } = setUp(t)
  t.equal(await value(`active_listeners${SQL}`), 0)
  t.equal(await value(`active_connections${SQL}`), 0)
  const ended = { at: '', by: 'relay', code: null, reason: '' } as const
  live.listenerRows = [listenerRow(), listenerRow({ ended })]
  live.connectionRows = [
    connectionRow(),
    connectionRow({ phase: 'closing' }),
    connectionRow({ phase: 'closed' }),
  ]
  live.bytes.set('contoso/sql', 3_000)
  t.equal(await value(`active_listeners${SQL}`), 1)
  t.equal(await value(`active_connections${SQL}`), 2)
  t.equal(await value(`bytes_transferred${SQL}`), 3_000)
  live.bytes.set('contoso/sql', 3_500)
  live.listenerRows = []
  t.equal(await value(`bytes_transferred${SQL}`), 3_500)
  t.equal(await value(`active_listeners${SQL}`), 0)
})

test('made-up names of callers make up no labels', async (t) => {
  const { fact, metrics, value } = setUp(t)
  fact('senderRefused', { hybridConnection: 'canary-1', code: 'RELAY_ENTITY_UNKNOWN' })
  fact('senderRefused', { hybridConnection: 'canary-2', code: 'RELAY_ENTITY_UNKNOWN' })
  fact('senderRefused', { hybridConnection: 'SQL', code: 'RELAY_NO_LISTENERS' })
  t.notMatch(metrics.text(), 'canary')
  t.equal(await value('sender_connections_client_error{namespace="contoso",entity_name=""}'), 2)
  t.equal(await value(`sender_connections_client_error${SQL}`), 1)
})

test('two servers in one process count apart, and a closed one no longer', async (t) => {
  const one = setUp(t)
  const other = setUp(t)
  one.fact('listenerConnected')
  t.equal(await one.value(`listener_connections_success${SQL}`), 1)
  t.equal(await other.value(`listener_connections_success${SQL}`), undefined)
  one.metrics.close()
  one.fact('listenerConnected')
  t.equal(await one.value(`listener_connections_success${SQL}`), 1)
})

test('a label keeps to its quotes, whatever a name holds', async (t) => {
  const counts = new Counts()
  counts.add({ name: 'a"b\\c\nd' })
  const family = { name: 'n', help: 'h', type: 'counter', samples: () => counts.samples() } as const
  t.equal(
    formatMetrics([family, { ...family, name: 'm', samples: () => [{ value: 0.5 }] }]),
    '# HELP n h\n# TYPE n counter\nn{name="a\\"b\\\\c\\nd"} 1\n\n# HELP m h\n# TYPE m counter\nm 0.5\n',
  )
})

test('what is said of an entity counts for it while it is there, and for nobody else', async (t) => {
  const { store, fact, value } = setUp(t)
  const counted = () => value(`listener_connections_success${SQL}`)
  fact('listenerConnected')
  store.deleteHybridConnection('contoso', 'sql')
  fact('listenerConnected')
  t.equal(await counted(), 1)
  t.equal(await value('listener_connections_success{namespace="contoso",entity_name=""}'), 1)
  store.putHybridConnection('contoso', 'sql', {})
  fact('listenerConnected', { hybridConnection: 'SQL' })
  fact('listenerConnected')
  t.equal(await counted(), 3)
})
