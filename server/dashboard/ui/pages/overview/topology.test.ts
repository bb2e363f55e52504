import { test } from 'tap'
import type {
  AppRow,
  ConnectionRow,
  FindingRow,
  HybridConnectionRow,
  ListenerRow,
} from '../../../contract.ts'
import { connectionRow, listenerRow } from '../../../testing/admin-fixture.ts'
import { layOut, NODE_HEIGHT, rateStep } from './layout.ts'
import { buildTopology, type TopologyFacts } from './topology.ts'

test('an app, its hybrid connection, the listener and the endpoint stand in a row', (t) => {
  const { nodes, edges } = buildTopology(
    facts({ connections: [connectionRow({ rateToSender: 2_048 })] }),
  )
  t.same(
    nodes.map(({ id, column, note }) => [id, column, note]),
    [
      ['hc:contoso/sql', 1, '1 open, 2.0 KiB/s'],
      ['app:web', 0, 'sender'],
      ['listener:onprem-1', 2, '1 open'],
      ['endpoint:db.corp.local:5432', 3, 'endpoint'],
    ],
  )
  t.same(
    edges.map(({ from, to, rate, failure }) => [from, to, rate, failure]),
    [
      ['app:web', 'hc:contoso/sql', 2_048, null],
      ['hc:contoso/sql', 'listener:onprem-1', 2_048, null],
      ['listener:onprem-1', 'endpoint:db.corp.local:5432', 2_048, null],
    ],
  )
  t.end()
})

test('an attached app stays when nothing of it is open, and when nobody listens', (t) => {
  const attached = app('WEB', 'contoso', 'sql')
  const { nodes, edges } = buildTopology(facts({ apps: [attached], listeners: [] }))
  t.match(
    edges.map(({ from, to, text }) => [from, to, text]),
    [
      ['app:web', 'hc:contoso/sql', 'idle'],
      ['hc:contoso/sql', 'none:hc:contoso/sql', ''],
    ],
  )
  t.match(
    nodes.find(({ id }) => id === 'app:web'),
    { label: 'WEB', href: '#/apps/WEB' },
  )
  t.ok(nodes.find(({ id }) => id.startsWith('none:'))?.isGhost)
  t.end()
})

test('two listeners show their shares, and one that serves two entities is one node', (t) => {
  const listeners = [
    listenerRow({ id: 'l_1', offered: 30 }),
    listenerRow({ id: 'l_2', label: 'onprem-2', offered: 10 }),
    listenerRow({ id: 'l_3', hybridConnection: 'web' }),
  ]
  const { nodes, edges } = buildTopology(
    facts({ entities: [entity('sql'), entity('web')], listeners }),
  )
  t.equal(nodes.filter(({ column }) => column === 2).length, 2)
  t.same(
    edges.filter(({ to }) => to.startsWith('listener:')).map(({ text }) => text),
    ['75%', '25%', ''],
  )
  t.end()
})

test('a finding makes the edge of its hop fail, with its sentence; a warning does not', (t) => {
  const hops = [
    ['sender-refused', 'app -> relay', 'app:web hc:contoso/sql'],
    ['accept-timeout', 'relay -> listener', 'hc:contoso/sql listener:onprem-1'],
    [
      'endpoint-unreachable',
      'onprem-1 -> db.corp.local:5432',
      'listener:onprem-1 endpoint:db.corp.local:5432',
    ],
  ] as const
  for (const [rule, hop, edge] of hops) {
    const { edges } = buildTopology(
      facts({ connections: [connectionRow()], findings: [finding({ rule, hop })] }),
    )
    const failing = edges.filter(({ failure }) => failure !== null)
    t.same(
      failing.map(({ id, failure }) => [id, failure]),
      [[edge, `${hop}: broken`]],
      rule,
    )
  }
  const mild = [finding({ rule: 'accept-timeout', severity: 'warning' })]
  t.ok(buildTopology(facts({ findings: mild })).edges.every(({ failure }) => failure === null))
  t.end()
})

test('a sender that was refused has no connection, and is drawn all the same', (t) => {
  const { edges } = buildTopology(facts({ findings: [finding({ rule: 'sender-refused' })] }))
  t.match(edges[0], { from: 'refused:hc:contoso/sql', failure: /broken/ })
  t.end()
})

test('of 500 senders the 50 busiest are drawn, and the others are counted', (t) => {
  const connections = Array.from({ length: 500 }, (_each, index) =>
    connectionRow({
      id: `c_${index}`,
      sender: { label: `sender-${index}`, remote: '', rule: null },
      rateToSender: index,
    }),
  )
  const layout = layOut(buildTopology(facts({ connections })), 800)
  const senders = layout.nodes.filter(({ column }) => column === 0)
  t.equal(senders.length, 50)
  t.ok(senders.every(({ rate }) => rate >= 450))
  t.same(layout.more, [{ column: 0, count: 450 }])
  t.equal(layout.edges.filter(({ to }) => to === 'hc:contoso/sql').length, 50)
  t.end()
})

test('no node lies on another, and none beyond the map', (t) => {
  const entities = ['sql', 'web', 'a-very-long-name-of-a-hybrid-connection'].map((name) =>
    entity(name),
  )
  const { nodes, width, height, nodeWidth, groups } = layOut(
    buildTopology(facts({ entities, connections: [connectionRow()] })),
    820,
  )
  for (const one of nodes) {
    t.ok(one.x >= 0 && one.x + nodeWidth <= width && one.y + NODE_HEIGHT <= height, one.id)
    for (const other of nodes) {
      const isApart = one === other || one.x !== other.x || Math.abs(one.y - other.y) >= NODE_HEIGHT
      t.ok(isApart, `${one.id} ${other.id}`)
    }
  }
  t.same(
    groups.map(({ text }) => text),
    ['contoso'],
  )
  t.match(nodes.find(({ label }) => label.startsWith('a-very'))?.shown, /^a-very-.*…$/)
  t.end()
})

test('lines get thicker in five steps', (t) => {
  t.same(
    [0, 1, 1_023, 1_024, 32 * 1_024, 2 ** 20, 2 ** 25, 2 ** 40].map(rateStep),
    [0, 1, 1, 2, 3, 4, 5, 5],
  )
  t.end()
})

function facts(more: Partial<TopologyFacts>): TopologyFacts {
  return {
    apps: [] as AppRow[],
    connections: [] as ConnectionRow[],
    requests: [],
    entities: [entity('sql')],
    listeners: [listenerRow()] as ListenerRow[],
    findings: [] as FindingRow[],
    ...more,
  }
}

function entity(name: string): HybridConnectionRow {
  return {
    name,
    namespace: 'contoso',
    requiresClientAuthorization: true,
    userMetadata: null,
    endpoint: { host: 'db.corp.local', port: 5432 },
    lint: [],
    status: 'Connected',
    listenerCount: 1,
    open: 1,
    origin: 'file',
    createdAt: '2030-01-01T00:00:00.000Z',
    updatedAt: '2030-01-01T00:00:00.000Z',
  }
}

function app(name: string, namespace: string, hybridConnection: string): AppRow {
  return {
    app: name,
    slot: null,
    group: 'rg',
    plan: 'plan1',
    sku: 'S1',
    location: 'westeurope',
    os: 'linux',
    hybridConnections: [
      {
        namespace,
        name: hybridConnection,
        host: 'db.corp.local',
        port: 5432,
        keyName: 'defaultSender',
        key: 'primary',
        status: 'Connected',
      },
    ],
    used: 1,
    limit: 25,
    limitPer: 'plan',
    open: 0,
  }
}

function finding(row: Partial<FindingRow>): FindingRow {
  return {
    id: 'f_1',
    rule: 'no-listener',
    severity: 'error',
    hop: 'app -> relay',
    namespace: 'contoso',
    hybridConnection: 'sql',
    why: 'broken',
    next: [],
    since: '2030-01-01T00:00:00.000Z',
    evidence: [],
    ...row,
  }
}
