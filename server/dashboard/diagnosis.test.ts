import { test } from 'tap'
import { EventFeed, type RelayFact } from '../events.ts'
import type { ConnectionRow, ListenerRow } from './contract.ts'
import { type FindingFacts, diagnoseRelay } from './diagnosis.ts'
import { Findings } from './findings.ts'
import { connectionRow, listenerRow, NOW_MS } from './testing/admin-fixture.ts'

const ENTITY = {
  namespace: 'contoso',
  name: 'sql',
  requiresClientAuthorization: true,
  userMetadata: '[{"key":"endpoint","value":"db.corp.local:5432"}]',
}

/** A tunnel that its listener closed at once. */
const CLOSED: Partial<ConnectionRow> = {
  phase: 'closed',
  closingMs: 10,
  endedMs: 12,
  bytesToSender: 0,
  closedBy: 'listener',
  means: 'close',
  code: 1011,
}

test('each fact of a broken hop is found, and cleared by the next success there (dashboard 1)', (t) => {
  for (const [rule, fault, success] of [
    [
      'listener-refused',
      { type: 'listenerRefused', code: 'RELAY_TOKEN_INVALID' },
      { type: 'listenerConnected' },
    ],
    ['listener-unresponsive', { type: 'listenerUnresponsive' }, { type: 'tokenRenewed' }],
    [
      'listener-unresponsive',
      { type: 'listenerDisconnected', code: 'RELAY_TOKEN_EXPIRED' },
      { type: 'listenerConnected' },
    ],
    [
      'sender-refused',
      { type: 'senderRefused', code: 'RELAY_CLAIM_MISSING' },
      { type: 'acceptSent' },
    ],
    ['sender-refused', { type: 'ipBlocked' }, { type: 'connectionOpened' }],
    ['accept-timeout', { type: 'acceptTimedOut' }, { type: 'accepted' }],
    ['rejected', { type: 'rejected', message: '403 not you' }, { type: 'connectionOpened' }],
    [
      'http-unanswered',
      { type: 'requestFailed', code: 'RELAY_RESPONSE_TIMEOUT' },
      { type: 'responseReceived' },
    ],
  ] as const) {
    t.strictSame(rulesOf(facts({ events: [fault] })), [rule], JSON.stringify(fault))
    t.strictSame(rulesOf(facts({ events: [fault, success] })), [], `${rule} is over`)
    t.strictSame(rulesOf(facts({ events: [fault], ageMs: 61_000 })), [], `${rule} is long ago`)
  }
  t.end()
})

test('nobody listens: told once a sender misses it or an app has it attached', (t) => {
  const missed = { type: 'senderRefused', code: 'RELAY_NO_LISTENERS' } as const
  t.strictSame(rulesOf(facts({ listeners: [] })), [])
  t.strictSame(rulesOf(facts({ listeners: [], events: [missed] })), ['no-listener'])
  t.strictSame(rulesOf(facts({ events: [missed] })), [], 'somebody listens now')
  t.strictSame(rulesOf(facts({ listeners: [], attached: 'valid' })), ['no-listener'])
  t.end()
})

test('a listener that once answered a request and now does not is late, not of the wrong kind', (t) => {
  const unanswered = { type: 'requestFailed', code: 'RELAY_RESPONSE_TIMEOUT' } as const
  const answered = { type: 'responseReceived' } as const
  t.strictSame(rulesOf(facts({ events: [answered, unanswered] })), ['accept-timeout'])
  t.end()
})

test('an endpoint is unreachable when three of the last five tunnels end at once without a byte', (t) => {
  const fruitless = { closedBy: 'listener', bytesToSender: 0 } as const
  const fine = { closedBy: 'sender', bytesToSender: 10 } as const
  const [found, ...others] = diagnoseRelay(
    facts({ tunnels: [fruitless, fruitless, fine, fruitless] }),
  )
  t.match(found, { rule: 'endpoint-unreachable', hop: 'onprem-1 -> db.corp.local:5432' })
  t.match(found?.why, /probably/)
  t.strictSame(others, [])
  t.strictSame(rulesOf(facts({ tunnels: [fruitless, fruitless, fine] })), [])
  t.strictSame(rulesOf(facts({ tunnels: [fine, fruitless, fruitless, fruitless] })), [])
  t.strictSame(
    rulesOf(facts({ tunnels: [fruitless, fruitless, { ...fruitless, closingMs: 5_000 }] })),
    [],
  )
  const told = diagnoseRelay(
    facts({ tunnels: [1, 2, 3].map(() => ({ ...fruitless, reason: 'ECONNREFUSED' })) }),
  )
  t.match(told, [{ why: 'onprem-1 does not reach db.corp.local:5432: ECONNREFUSED' }])
  t.end()
})

test('what App Service cannot use is told for attached hybrid connections only', (t) => {
  const entity = { ...ENTITY, userMetadata: '[{"key": "endpoint", "value : "host:1"}]' }
  t.strictSame(rulesOf(facts({ entity })), [])
  t.match(diagnoseRelay(facts({ entity, attached: 'valid' })), [
    { rule: 'metadata', why: /a quote is missing/ },
  ])
  const open = { ...ENTITY, requiresClientAuthorization: false }
  t.strictSame(rulesOf(facts({ entity: open, attached: 'valid' })), ['metadata'])
  t.strictSame(rulesOf(facts({ attached: 'stale' })), ['app-key'])
  t.end()
})

test('an endpoint without a name is a warning', (t) => {
  const entity = { ...ENTITY, userMetadata: '[{"key":"endpoint","value":"10.0.0.1:80"}]' }
  t.match(diagnoseRelay(facts({ entity })), [{ rule: 'endpoint-name', severity: 'warning' }])
  t.end()
})

test('shares that chance does not give are a warning, those it gives are none', (t) => {
  const pair = (a: number, b: number) => [
    listenerRow({ id: 'l_1', offered: a, expected: (a + b) / 2 }),
    listenerRow({ id: 'l_2', offered: b, expected: (a + b) / 2 }),
  ]
  t.strictSame(rulesOf(facts({ listeners: pair(60, 40) })), [], 'p is 0.05')
  t.strictSame(rulesOf(facts({ listeners: pair(70, 30) })), ['imbalance'], 'p is 0.00006')
  t.strictSame(rulesOf(facts({ listeners: pair(49, 0) })), [], 'too few picks')
  t.end()
})

test('a finding keeps its id and its beginning while it lasts', (t) => {
  let now = facts({ events: [{ type: 'listenerRefused' }] })
  const findings = new Findings(() => now)
  const [first] = findings.rows(NOW_MS)
  t.match(first, { id: /^f_[0-9a-f]{8}$/, since: '2030-01-01T00:00:00.000Z' })
  now = facts({ events: [{ type: 'listenerRefused' }, { type: 'listenerRefused' }] })
  t.equal(findings.rows(NOW_MS + 500)[0], first, 'looked for at most once a second')
  const [second] = findings.rows(NOW_MS + 1_500)
  t.match(second, { id: first?.id, since: first?.since })
  now = facts({})
  t.strictSame(findings.rows(NOW_MS + 3_000), [])
  t.end()
})

function rulesOf(input: FindingFacts): string[] {
  return diagnoseRelay(input).map(({ rule }) => rule)
}

type Fault = Partial<RelayFact> & Pick<RelayFact, 'type'>

function facts(given: {
  readonly events?: readonly Fault[]
  readonly ageMs?: number
  readonly listeners?: readonly ListenerRow[]
  readonly tunnels?: readonly Partial<ConnectionRow>[]
  readonly entity?: typeof ENTITY
  readonly attached?: 'valid' | 'missing' | 'stale'
}): FindingFacts {
  const { events = [], ageMs = 0, listeners = [listenerRow()], tunnels = [], attached } = given
  const scope = { namespace: 'contoso', hybridConnection: 'sql' }
  const feed = new EventFeed(() => NOW_MS - ageMs)
  for (const event of events) feed.emit({ message: 'why', ...scope, ...event })
  return {
    nowMs: NOW_MS,
    events: feed.since(0),
    listeners,
    connections: tunnels.map((tunnel, index) =>
      connectionRow({ ...CLOSED, id: `c_${index}`, ...tunnel }),
    ),
    entities: [given.entity ?? ENTITY],
    attachments: attached ? [{ app: 'web', ...scope, key: attached }] : [],
  }
}
