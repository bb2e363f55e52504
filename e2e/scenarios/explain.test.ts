import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type Test, test } from 'tap'
import { createListener } from '../../client/listener.ts'
import type { Diagnosis } from '../../console/diagnosis.ts'
import { startAgent } from '../harness/agent.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { type AppRelay, echo, freePort, runApp, startAppRelay } from './app-fixture.ts'

const ENDPOINT = 'db.corp.example:5432'
const WRONG_KEY = 'SharedAccessKey=d3Jvbmc='
/** The hops of a byte, as product 3 lists them. */
const HOPS = [
  'app look-up',
  'send key',
  'relay',
  'listener',
  'rendezvous address',
  'endpoint name',
  'endpoint port',
]

/** The first broken hop as `explain` names it, with its exit code. */
async function explained(relay: AppRelay, name: string, ...flags: string[]) {
  const outcome = await runApp(relay, ['explain', `contoso/${name}`, '-o', 'json', ...flags])
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

function withWrongKey(connectionString: string): string {
  return connectionString.replace(/SharedAccessKey=[^;]+/, WRONG_KEY)
}

/** A way to a port of this machine that can be closed for new connections while the old ones stay. */
async function openWay(t: Test, port: number) {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy()).once('close', () => far.destroy())
    far.on('error', () => near.destroy()).once('close', () => near.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const block = () => void server.close()
  t.teardown(block)
  return { port: (server.address() as AddressInfo).port, block }
}

// Every bullet of the documentation's two lists of troubles: one hop after the other is broken for a real agent.
test('the lists of the documentation, with a real agent', async (t) => {
  const page = await echo(t)
  const relay = await startAppRelay(
    t,
    {
      works: ENDPOINT,
      unreached: ENDPOINT,
      keyed: ENDPOINT,
      regenerated: ENDPOINT,
      expired: ENDPOINT,
      gone: ENDPOINT,
      gateway: ENDPOINT,
      address: `127.0.0.1:${page}`,
      local: `localhost:${page}`,
      nameless: 'nowhere.invalid:5432',
      closed: `closed.corp.example:${await freePort()}`,
    },
    { acceptTimeoutMs: 3_000 },
  )
  const agent = await startAgent(t, relay, {
    args: [
      ...['--connect-to', `${ENDPOINT}:127.0.0.1:${page}`],
      ...['--connect-to', 'closed.corp.example::127.0.0.1:3'],
    ],
  })
  const listenerHop = { code: 1, hop: 'listener' }

  await t.test('a way that works is told hop by hop', async (t) => {
    t.match(await agent.add(relay.listen('works')), { Status: 'Connected' })
    t.match(await explained(relay, 'works', '--app-host', ENDPOINT), { code: 0, hop: undefined })
    const connection = ['--connect', relay.send('works')]
    const { stdout } = await runApp(relay, ['explain', 'contoso/works', ...connection])
    for (const hop of HOPS) t.match(stdout, new RegExp(`^${hop} +ok `, 'm'))
    t.match(stdout, /contoso\/works: nothing is seen to fail\n$/)
  })

  await t.test("not connected: the agent does not reach the relay's host and port", async (t) => {
    const elsewhere = relay.listen('unreached').replace(/localhost:\d+/, 'localhost:3')
    t.match(await agent.add(elsewhere), { Status: 'Not connected', Note: /ECONNREFUSED/ })
    t.match(await explained(relay, 'unreached'), {
      ...listenerHop,
      rule: 'no-listener',
      why: /none has tried: no agent serves contoso\/unreached, or it does not reach the relay/,
      next: [/hcm list/, /hcm test/],
    })
  })

  await t.test('not connected: the key of the agent is wrong', async (t) => {
    // The endpoint is known from before, so that the agent tries to listen.
    await agent.add(relay.listen('keyed'))
    t.match(await agent.add(withWrongKey(relay.listen('keyed'))), {
      Status: 'Not connected',
      Note: /InvalidSignature/,
    })
    t.match(await explained(relay, 'keyed'), {
      ...listenerHop,
      rule: 'listener-refused',
      why: /InvalidSignature/,
      next: [/hcm add/],
    })
  })

  await t.test('not connected: the key was regenerated', async (t) => {
    await agent.add(relay.listen('regenerated'))
    const rule = 'namespaces/contoso/hybridConnections/regenerated/authorizationRules'
    await callAdmin(relay, 'POST', `${rule}/defaultListener/regenerateKeys`, {
      keyType: 'PrimaryKey',
    })
    await agent.hcm(['restart', 'contoso/regenerated'])
    t.match(await explained(relay, 'regenerated'), {
      ...listenerHop,
      rule: 'listener-refused',
      why: /InvalidSignature/,
      next: [/hcm add/],
    })
  })

  await t.test('not connected: the token of the agent has expired', async (t) => {
    await agent.add(relay.listen('expired'))
    const token = relay.token({ path: 'expired', seconds: -60 })
    const late = relay
      .listen('expired')
      .replace(/SharedAccessKeyName=.*?;SharedAccessKey=[^;]+/, `SharedAccessSignature=${token}`)
    t.match(await agent.add(late), { Status: 'Not connected', Note: /ExpiredToken/ })
    t.match(await explained(relay, 'expired'), {
      ...listenerHop,
      rule: 'listener-refused',
      why: /ExpiredToken/,
      next: [/clock/, /hcm add/],
    })
  })

  await t.test('not connected: the hybrid connection is gone', async (t) => {
    await agent.add(relay.listen('gone'))
    const send = relay.send('gone')
    await callAdmin(relay, 'DELETE', 'namespaces/contoso/hybridConnections/gone')
    const gone = {
      code: 1,
      hop: 'relay',
      rule: 'entity-gone',
      why: 'there is no hybrid connection contoso/gone',
    }
    t.match(await explained(relay, 'gone'), gone)
    t.match(await explained(relay, 'gone', '--connect', send), gone)
  })

  await t.test("not connected: the name of the relay's gateway is blocked", async (t) => {
    const way = await openWay(t, relay.plainPort)
    const through = relay
      .listen('gateway')
      .replace(/localhost:\d+\//, `localhost:${way.port}/;UseDevelopmentEmulator=true`)
    t.match(await agent.add(through), { Status: 'Connected' })
    // What is open stays open, as with a firewall; the rendezvous is a new connection.
    way.block()
    t.match(await explained(relay, 'gateway'), {
      code: 1,
      hop: 'rendezvous address',
      rule: 'accept-timeout',
      next: [/outbound TCP/, /hcm logs/],
    })
    t.match(await agent.logged('a sender was not met'), /RELAY_UNREACHABLE.*ECONNREFUSED/)
  })

  await t.test('connected but unreachable: the endpoint is an IP address', async (t) => {
    t.match(await agent.add(relay.listen('address')), { Status: 'Connected' })
    t.match(await explained(relay, 'address'), {
      code: 1,
      hop: 'app look-up',
      rule: 'endpoint-name',
      why: /an IP address/,
    })
  })

  await t.test('connected but unreachable: the endpoint is localhost', async (t) => {
    t.match(await agent.add(relay.listen('local')), { Status: 'Connected' })
    t.match(await explained(relay, 'local'), {
      code: 1,
      hop: 'app look-up',
      rule: 'endpoint-name',
      why: /localhost/,
    })
  })

  await t.test('connected but unreachable: the name does not resolve at the agent', async (t) => {
    t.match(await agent.add(relay.listen('nameless')), { Status: 'Connected' })
    t.match(await explained(relay, 'nameless'), {
      code: 1,
      hop: 'endpoint name',
      rule: 'endpoint-unreachable',
      why: /the agent does not resolve nowhere\.invalid:5432: 502 nowhere\.invalid:5432 cannot be reached/,
      next: ['hcm test nowhere.invalid:5432, on the machine of the agent'],
    })
  })

  await t.test('connected but unreachable: the port of the endpoint is closed', async (t) => {
    t.match(await agent.add(relay.listen('closed')), { Status: 'Connected' })
    const outcome = await explained(relay, 'closed')
    t.match(outcome, {
      code: 1,
      hop: 'endpoint port',
      rule: 'endpoint-unreachable',
      why: /closed\.corp\.example:\d+ cannot be reached: nothing listens there \(ECONNREFUSED\)/,
    })
    t.notMatch(outcome.why, /127\.0\.0\.1/, 'what is behind the name is not for senders')
    const place = /closed\.corp\.example:\d+/.exec(outcome.why ?? '')?.[0] ?? ''
    const ping = ['app', 'tcpping', place, '--end-to-end', '--connect', relay.send('closed')]
    t.match(await runApp(relay, ping), { code: 3, stderr: /nothing listens there/ })
  })

  await t.test('connected but unreachable: the key of the app is wrong', async (t) => {
    const wrong = withWrongKey(relay.send('works'))
    const outcome = await explained(relay, 'works', '--connect', wrong)
    t.match(outcome, { code: 1, hop: 'send key', rule: 'sender-refused', why: /InvalidSignature/ })
    t.notMatch(JSON.stringify(outcome), /d3Jvbmc=|TrackingId/)
    t.match(await explained(relay, 'works', '--connect', relay.listen('works')), {
      hop: 'send key',
      why: /Authorization failed/,
    })
  })

  await t.test(
    'connected but unreachable: the app uses another name, address or port',
    async (t) => {
      const wrong = { code: 1, hop: 'app look-up', rule: 'app-host' }
      for (const [appHost, why] of [
        ['db:5432', /another name/],
        ['10.0.0.5:5432', /an IP address/],
        ['db.corp.example:5433', /only port 5432/],
      ] as const) {
        t.match(await explained(relay, 'works', '--app-host', appHost), { ...wrong, why }, appHost)
      }
    },
  )

  await t.test('not connected: the process of the agent was stopped', async (t) => {
    const before = relay.server.feed.since(0).at(-1)?.n ?? 0
    await agent.stop()
    await disconnected(relay, 'works', before)
    t.match(await explained(relay, 'works'), {
      ...listenerHop,
      rule: 'no-listener',
      why: /the last one left at .*: ended by the listener/,
      next: [/hcm run/],
    })
  })
})

/** Resolves when the listener of a hybrid connection has gone. */
async function disconnected(relay: AppRelay, name: string, after: number): Promise<void> {
  const event = await factOf(relay, 'listenerDisconnected', after)
  if (event.hybridConnection !== name) await disconnected(relay, name, event.n)
}

test("not connected: the relay's port is unreachable for the app", async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const elsewhere = relay.send('sql').replace(/localhost:\d+/, 'localhost:3')
  t.match(await explained(relay, 'sql', '--connect', elsewhere), {
    code: 1,
    hop: 'relay',
    rule: 'relay-unreachable',
    why: /localhost:3 cannot be reached \(ECONNREFUSED\)/,
  })
})

test("not connected: the relay's name is not one, seen without any emulator to ask", async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const elsewhere = relay.send('sql').replace(/localhost:\d+/, 'contoso.invalid')
  const nobody = ['--admin', 'http://127.0.0.1:3']
  const outcome = await explained(relay, 'sql', '--connect', elsewhere, ...nobody)
  t.match(outcome, { code: 1, hop: 'relay', why: /contoso\.invalid cannot be reached/ })
})

test('connected but unreachable: a listener that ends the tunnel at once does not say why', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const silent = createListener({ connectionString: relay.listen('sql'), ca: relay.caPem })
  t.teardown(() => silent.close())
  silent.on('connection', (stream) => stream.destroy())
  await silent.online()
  t.match(await explained(relay, 'sql'), {
    code: 1,
    hop: 'endpoint port',
    rule: 'endpoint-unreachable',
    why: /probably cannot reach db\.corp\.example:5432/,
    next: [/hcm test db\.corp\.example:5432/],
  })
})

test('what cannot be explained is refused with the next step', async (t) => {
  const relay = await startAppRelay(t, { sql: ENDPOINT, web: 'web.corp.example:80' })
  t.match(await runApp(relay, ['explain', 'sql']), {
    code: 2,
    stderr: /NAMESPACE\/HYBRID-CONNECTION/,
  })
  t.match(await explained(relay, 'sql', '--connect', relay.send('web')), {
    code: 2,
    stderr: /is for web, not for sql/,
  })
  t.match(await explained(relay, 'sql', '--admin', 'http://127.0.0.1:3'), {
    code: 3,
    stderr: /relay-emulator start/,
  })
})
