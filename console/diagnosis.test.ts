import { test } from 'tap'
import type { Attempt, DiagnosisFacts } from './diagnosis-facts.ts'
import { HOPS, diagnose, endpointFault } from './diagnosis.ts'

const ENDPOINT = { host: 'db.corp.example', port: 5432 }
const OPEN: Attempt = { outcome: 'open', bytes: 12, ended: null }
const WORKING: DiagnosisFacts = {
  name: 'contoso/sql',
  appHost: ENDPOINT,
  entity: { exists: true, endpoint: ENDPOINT },
  attempt: OPEN,
  listeners: { live: 1, lastRefusal: null, lastEnd: null },
}
const NONE = { live: 0, lastRefusal: null, lastEnd: null }

function failed(code: string, message = code): Attempt {
  return { outcome: 'failed', code, message }
}

function brokenOf(change: Partial<DiagnosisFacts>) {
  const { broken } = diagnose({ ...WORKING, ...change })
  return broken && { hop: broken.hop, rule: broken.rule }
}

test('every hop is judged, in the order of the way', async (t) => {
  const { hops, broken } = diagnose(WORKING)
  t.same(
    hops.map(({ hop }) => hop),
    HOPS,
  )
  t.same(new Set(hops.map(({ state }) => state)), new Set(['ok']))
  t.equal(broken, null)
})

test('without facts nothing is said to be broken', async (t) => {
  const nothing = { name: 'a/b', appHost: null, entity: null, attempt: null, listeners: null }
  const { hops, broken } = diagnose(nothing)
  t.equal(broken, null)
  t.same(new Set(hops.map(({ state }) => state)), new Set(['unknown']))
})

test('each fault breaks its own hop', async (t) => {
  const rows: readonly (readonly [Partial<DiagnosisFacts>, string, string])[] = [
    [{ entity: { exists: true, endpoint: null } }, 'app look-up', 'metadata'],
    [
      { entity: { exists: true, endpoint: { host: '::1', port: 1 } } },
      'app look-up',
      'endpoint-name',
    ],
    [
      { entity: { exists: true, endpoint: { host: 'a.localhost', port: 1 } } },
      'app look-up',
      'endpoint-name',
    ],
    [{ appHost: { host: 'db', port: 5432 } }, 'app look-up', 'app-host'],
    [{ attempt: failed('RELAY_TOKEN_INVALID') }, 'send key', 'sender-refused'],
    [{ attempt: failed('RELAY_TOKEN_EXPIRED') }, 'send key', 'sender-refused'],
    [{ attempt: failed('RELAY_CLAIM_MISSING') }, 'send key', 'sender-refused'],
    [{ attempt: failed('RELAY_IP_REFUSED') }, 'send key', 'sender-refused'],
    [{ attempt: failed('RELAY_UNREACHABLE') }, 'relay', 'relay-unreachable'],
    [{ attempt: failed('RELAY_TLS_UNTRUSTED') }, 'relay', 'relay-unreachable'],
    [{ attempt: failed('RELAY_TIMEOUT') }, 'relay', 'relay-unreachable'],
    [{ attempt: failed('RELAY_ENTITY_UNKNOWN') }, 'relay', 'entity-gone'],
    [
      { entity: { exists: false, endpoint: null }, attempt: failed('RELAY_TOKEN_INVALID') },
      'relay',
      'entity-gone',
    ],
    [{ attempt: failed('RELAY_NO_LISTENERS'), listeners: NONE }, 'listener', 'no-listener'],
    [{ attempt: failed('RELAY_NO_LISTENERS'), listeners: null }, 'listener', 'no-listener'],
    [{ attempt: failed('RELAY_LISTENERS_FILTERED') }, 'listener', 'no-listener'],
    [{ attempt: failed('RELAY_ACCEPT_TIMEOUT') }, 'rendezvous address', 'accept-timeout'],
    [
      { attempt: failed('RELAY_REJECTED', '502 getaddrinfo EAI_AGAIN x') },
      'endpoint name',
      'endpoint-unreachable',
    ],
    [
      { attempt: failed('RELAY_REJECTED', '502 connect ETIMEDOUT') },
      'endpoint port',
      'endpoint-unreachable',
    ],
    [
      { attempt: failed('RELAY_REJECTED', '502 db.example:1 is reserved (HCM_NAME_RESERVED)') },
      'endpoint name',
      'endpoint-unreachable',
    ],
    [{ attempt: failed('RELAY_REJECTED', '403 not you') }, 'endpoint port', 'rejected'],
    [
      {
        attempt: {
          outcome: 'open',
          bytes: 0,
          ended: { afterMs: 5, reason: 'db.corp.example:5432 broke off (ECONNRESET)' },
        },
      },
      'endpoint port',
      'endpoint-unreachable',
    ],
    [
      { attempt: { outcome: 'open', bytes: 0, ended: { afterMs: 5, reason: '' } } },
      'endpoint port',
      'endpoint-unreachable',
    ],
  ]
  for (const [change, hop, rule] of rows) t.same(brokenOf(change), { hop, rule }, `${hop} ${rule}`)
})

test('what befell the last listener is told when none is left', async (t) => {
  const at = '2030-01-01T00:00:00.000Z'
  const missed = failed('RELAY_NO_LISTENERS')
  const fault = { at, code: 'RELAY_TOKEN_INVALID', message: 'InvalidSignature: no' }
  t.same(brokenOf({ attempt: missed, listeners: { ...NONE, lastRefusal: fault } }), {
    hop: 'listener',
    rule: 'listener-refused',
  })
  const silent = { at, code: 'listenerUnresponsive', message: 'two pings' }
  t.same(brokenOf({ attempt: missed, listeners: { ...NONE, lastEnd: silent } }), {
    hop: 'listener',
    rule: 'listener-unresponsive',
  })
})

test('a refusal of one listener is no fault while another serves', async (t) => {
  const lastRefusal = { at: '', code: 'RELAY_TOKEN_INVALID', message: '' }
  t.equal(brokenOf({ listeners: { live: 1, lastRefusal, lastEnd: null } }), null)
})

test('a tunnel that sent something and then ended is no fault', async (t) => {
  t.equal(
    brokenOf({ attempt: { outcome: 'open', bytes: 3, ended: { afterMs: 9, reason: '' } } }),
    null,
  )
})

test('words of the system tell a name that does not resolve from a port that does not answer', async (t) => {
  t.equal(endpointFault('502 the name does not resolve (ENOTFOUND)'), 'name')
  t.equal(endpointFault('nothing listens there (ECONNREFUSED)'), 'port')
  t.equal(endpointFault('Bad Gateway'), null)
})
