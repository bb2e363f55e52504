import { type Test, test } from 'tap'
import { fixedTokenProvider } from '../../client/token-provider.ts'
import { type ListenerOptions, createListener } from '../../client/listener.ts'
import type { Diagnosis } from '../../console/diagnosis.ts'
import { listen } from '../harness/listener.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { type AppRelay, echo, runApp, serve, startAppRelay } from './app-fixture.ts'

const ENDPOINT = 'db.corp.example:5432'
const WRONG_KEY = 'SharedAccessKey=d3Jvbmc='

/** The first broken hop as `explain` names it, with its exit code. */
async function explained(relay: AppRelay, ...flags: string[]) {
  const outcome = await runApp(relay, ['explain', 'contoso/sql', '-o', 'json', ...flags])
  if (outcome.stdout === '') return { code: outcome.code, stderr: outcome.stderr }
  const { broken } = JSON.parse(outcome.stdout) as Diagnosis
  return {
    code: outcome.code,
    hop: broken?.hop,
    rule: broken?.rule,
    why: broken?.why,
    next: broken?.next,
  }
}

/** Tries to listen; whatever comes of it is left to the test. */
function agent(t: Test, relay: AppRelay, options: Partial<ListenerOptions> = {}) {
  const listener = createListener({
    connectionString: relay.listen('sql'),
    ca: relay.caPem,
    ...options,
  })
  t.teardown(() => listener.close())
  return listener
}

function rejecting(reason: string): Partial<ListenerOptions> {
  return { acceptHandler: () => ({ accept: false, status: 502, reason }) }
}

test('a way that works is told hop by hop', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  await serve(t, relay, 'sql', await echo(t))
  t.match(await explained(relay, '--app-host', ENDPOINT), { code: 0, hop: undefined })
  const { stdout } = await runApp(relay, ['explain', 'contoso/sql', '--connect', relay.send('sql')])
  for (const hop of [
    'app look-up',
    'send key',
    'relay',
    'listener',
    'rendezvous address',
    'endpoint name',
    'endpoint port',
  ]) {
    t.match(stdout, new RegExp(`^${hop} +ok `, 'm'))
  }
  t.match(stdout, /contoso\/sql: nothing is seen to fail\n$/)
})

test("not connected: the relay's port is unreachable", async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const elsewhere = relay.send('sql').replace(/localhost:\d+/, 'localhost:3')
  t.match(await explained(relay, '--connect', elsewhere), {
    code: 1,
    hop: 'relay',
    rule: 'relay-unreachable',
    why: /localhost:3 cannot be reached \(ECONNREFUSED\)/,
  })
})

test("not connected: the relay's name is not one, seen without any emulator to ask", async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const elsewhere = relay.send('sql').replace(/localhost:\d+/, 'contoso.invalid')
  const outcome = await explained(relay, '--connect', elsewhere, '--admin', 'http://127.0.0.1:3')
  t.match(outcome, { code: 1, hop: 'relay', why: /contoso\.invalid cannot be reached/ })
})

test('not connected: no agent has come, because it does not reach the relay or does not run', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const lost = agent(t, relay, {
    connectionString: relay.listen('sql').replace(/localhost:\d+/, 'localhost:3'),
  })
  await t.rejects(lost.online(), { code: 'RELAY_UNREACHABLE' })
  t.match(await explained(relay), {
    code: 1,
    hop: 'listener',
    rule: 'no-listener',
    why: /none has tried: no agent serves contoso\/sql, or it does not reach the relay/,
    next: [/hcm list/, /hcm test/],
  })
})

test('not connected: the agent was stopped', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const listener = agent(t, relay)
  await listener.online()
  await listener.close()
  await factOf(relay, 'listenerDisconnected')
  t.match(await explained(relay), {
    code: 1,
    hop: 'listener',
    rule: 'no-listener',
    why: /the last one left at .*: ended by the listener/,
    next: [/hcm run/],
  })
})

test('not connected: the key of the agent is wrong, or was regenerated', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const wrong = relay.listen('sql').replace(/SharedAccessKey=[^;]+/, WRONG_KEY)
  await t.rejects(agent(t, relay, { connectionString: wrong }).online(), {
    code: 'RELAY_TOKEN_INVALID',
  })
  const refused = {
    code: 1,
    hop: 'listener',
    rule: 'listener-refused',
    why: /InvalidSignature/,
    next: [/hcm add/],
  }
  t.match(await explained(relay), refused)

  const second = await startAppRelay(t, { sql: ENDPOINT })
  const rule = 'namespaces/contoso/hybridConnections/sql/authorizationRules/defaultListener'
  await callAdmin(second, 'POST', `${rule}/regenerateKeys`, { keyType: 'PrimaryKey' })
  await t.rejects(agent(t, second).online(), { code: 'RELAY_TOKEN_INVALID' })
  t.match(await explained(second), refused)
})

test('not connected: the token of the agent has expired', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const token = relay.token({ path: 'sql', seconds: -60 })
  const late = agent(t, relay, { tokenProvider: fixedTokenProvider(token) })
  await t.rejects(late.online(), { code: 'RELAY_TOKEN_EXPIRED' })
  t.match(await explained(relay), {
    code: 1,
    hop: 'listener',
    rule: 'listener-refused',
    why: /ExpiredToken/,
    next: [/clock/, /hcm add/],
  })
})

test('not connected: the hybrid connection is gone', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  await agent(t, relay).online()
  await callAdmin(relay, 'DELETE', 'namespaces/contoso/hybridConnections/sql')
  const gone = {
    code: 1,
    hop: 'relay',
    rule: 'entity-gone',
    why: 'there is no hybrid connection contoso/sql',
  }
  t.match(await explained(relay), gone)
  t.match(await explained(relay, '--connect', relay.send('sql')), gone)
})

test('connected, but the agent does not reach the rendezvous address', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT }, { acceptTimeoutMs: 300 })
  await listen(t, relay, 'sql', { token: relay.token({ path: 'sql' }) })
  t.match(await explained(relay), {
    code: 1,
    hop: 'rendezvous address',
    rule: 'accept-timeout',
    next: [/outbound TCP/, /hcm logs/],
  })
})

test('connected but unreachable: the endpoint is an IP address or localhost', async (t) => {
  for (const [endpoint, kind] of [
    ['10.0.0.5:5432', /an IP address/],
    ['[fd00::5]:5432', /an IP address/],
    ['localhost:5432', /localhost/],
  ] as const) {
    const relay = await startAppRelay(t, { sql: endpoint })
    await serve(t, relay, 'sql', await echo(t))
    t.match(
      await explained(relay),
      { code: 1, hop: 'app look-up', rule: 'endpoint-name', why: kind },
      endpoint,
    )
  }
})

test('connected but unreachable: the app uses another name, address or port than the endpoint', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  await serve(t, relay, 'sql', await echo(t))
  const wrong = { code: 1, hop: 'app look-up', rule: 'app-host' }
  t.match(await explained(relay, '--app-host', 'db:5432'), { ...wrong, why: /another name/ })
  t.match(await explained(relay, '--app-host', '10.0.0.5:5432'), { ...wrong, why: /an IP address/ })
  t.match(await explained(relay, '--app-host', 'db.corp.example:5433'), {
    ...wrong,
    why: /only port 5432/,
  })
})

test('connected but unreachable: the name of the endpoint does not resolve at the agent', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  await agent(t, relay, rejecting('getaddrinfo ENOTFOUND db.corp.example')).online()
  t.match(await explained(relay), {
    code: 1,
    hop: 'endpoint name',
    rule: 'endpoint-unreachable',
    next: ['hcm test db.corp.example:5432, on the machine of the agent'],
  })
})

test('connected but unreachable: the port of the endpoint is closed', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  await agent(t, relay, rejecting('connect ECONNREFUSED 10.0.0.5:5432')).online()
  t.match(await explained(relay), {
    code: 1,
    hop: 'endpoint port',
    rule: 'endpoint-unreachable',
    why: /ECONNREFUSED/,
  })
})

test('connected but unreachable: an agent that ends the tunnel at once does not say why', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const silent = agent(t, relay).on('connection', (stream) => stream.destroy())
  await silent.online()
  t.match(await explained(relay), {
    code: 1,
    hop: 'endpoint port',
    rule: 'endpoint-unreachable',
    why: /probably cannot reach db\.corp\.example:5432/,
    next: [/hcm test db\.corp\.example:5432/],
  })
})

test('connected but unreachable: the key of the app is wrong', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  await serve(t, relay, 'sql', await echo(t))
  const wrong = relay.send('sql').replace(/SharedAccessKey=[^;]+/, WRONG_KEY)
  const outcome = await explained(relay, '--connect', wrong)
  t.match(outcome, { code: 1, hop: 'send key', rule: 'sender-refused', why: /InvalidSignature/ })
  t.notMatch(JSON.stringify(outcome), /d3Jvbmc=|TrackingId/)
  t.match(await explained(relay, '--connect', relay.listen('sql')), {
    hop: 'send key',
    why: /Authorization failed/,
  })
})

test('what cannot be explained is refused with the next step', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT, web: 'web.corp.example:80' })
  t.match(await runApp(relay, ['explain', 'sql']), {
    code: 2,
    stderr: /NAMESPACE\/HYBRID-CONNECTION/,
  })
  t.match(await explained(relay, '--connect', relay.send('web')), {
    code: 2,
    stderr: /is for web, not for sql/,
  })
  t.match(await explained(relay, '--admin', 'http://127.0.0.1:3'), {
    code: 3,
    stderr: /relay-emulator start/,
  })
})
