import { test } from 'tap'
import {
  answerOf,
  entityWith,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
} from '../harness/agent.ts'
import { azureOf } from '../harness/azure.ts'
import { runCli } from '../harness/cli.ts'
import { callAdmin } from '../harness/facts.ts'
import { startRelay } from '../harness/relay.ts'

test('five hybrid connections on two agents are ten listeners, as Azure bills them (dashboard 2.7)', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: names.map((name) => entityWith(name, { endpoint: `${name}.corp:1` })),
        },
      ],
    },
  })
  for (const agent of [await startAgent(t, relay), await startAgent(t, relay)]) {
    for (const name of names) await agent.add(stringsOf(relay, name).listen)
  }
  const shown = await runCli(['usage', '--admin', relay.adminUrl, '-o', 'json'])
  t.equal(shown.code, 0, shown.stderr)
  t.match(JSON.parse(shown.stdout), {
    listeners: 10,
    items: names.map((hybridConnection) => ({ hybridConnection, now: 2, peak: 2, bytes: 0 })),
  })
  const table = await runCli(['usage', '--admin', relay.adminUrl])
  t.match(table.stdout, /contoso\/a +2 +2/)
  t.match(table.stdout, /10 listeners now/)
})

test('a changed endpoint: both ends keep the old one until every documented step is done', async (t) => {
  const old = await startEndpoint(t, (socket) => socket.resume().end('old'))
  const fresh = await startEndpoint(t, (socket) => socket.resume().end('fresh'))
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [entityWith('sql', { endpoint: `old.corp.example:${old}` })],
        },
      ],
    },
  })
  const azure = azureOf(relay)
  const web = `${azure.group}/providers/Microsoft.Web`
  const entity = `${azure.group}/providers/Microsoft.Relay/namespaces/contoso/hybridConnections/sql`
  const attachment = `${web}/sites/web1/hybridConnectionNamespaces/contoso/relays/sql`
  const put = async (path: string, body: object) =>
    t.equal((await azure.call('PUT', path, { body })).status, 200)
  await put(`${web}/serverfarms/plan1`, { location: 'westus2', sku: { name: 'S1' } })
  await put(`${web}/sites/web1`, {
    location: 'westus2',
    properties: { serverFarmId: `${web}/serverfarms/plan1` },
  })
  const attach = (host: string, port: number) =>
    put(attachment, {
      properties: { relayArmUri: entity, hostname: host, port, sendKeyName: 'defaultSender' },
    })
  await attach('old.corp.example', old)
  const agent = await startAgent(t, relay, {
    args: [
      '--connect-to',
      `old.corp.example:${old}:127.0.0.1:${old}`,
      '--connect-to',
      `new.corp.example:${fresh}:127.0.0.1:${fresh}`,
    ],
  })
  await agent.add(stringsOf(relay, 'sql').listen)
  const sender = startSender(t, relay, 'sql')
  const ends = async () => {
    const { body } = await azure.call('GET', attachment)
    const [listed] = await agent.list()
    return {
      app: String(body['properties']?.['hostname']),
      agent: listed?.Endpoint,
      answer: await answerOf(sender),
    }
  }
  const before = { app: 'old.corp.example', agent: `old.corp.example:${old}`, answer: 'old' }
  t.same(await ends(), before)

  // The properties are saved.
  const userMetadata = JSON.stringify([{ key: 'endpoint', value: `new.corp.example:${fresh}` }])
  await put(entity, { properties: { requiresClientAuthorization: true, userMetadata } })
  t.same(await ends(), before, 'saving the properties alone changes nothing')

  // It is removed from the app and added again.
  t.equal((await azure.call('DELETE', attachment)).status, 200)
  await attach('new.corp.example', fresh)
  t.match(await ends(), { app: 'new.corp.example', answer: 'old' })

  // It is removed from the agent and added again.
  t.equal((await agent.hcm(['remove', 'contoso/sql'])).code, 0)
  await agent.add(stringsOf(relay, 'sql').listen)
  t.same(await ends(), {
    app: 'new.corp.example',
    agent: `new.corp.example:${fresh}`,
    answer: 'fresh',
  })

  const back = await runCli(
    ['change-endpoint', 'contoso/sql', `old.corp.example:${old}`, '--admin', relay.adminUrl],
    { env: { HCM_STATE_DIR: agent.stateDir } },
  )
  t.equal(back.code, 0, back.stderr)
  t.same(await ends(), before, 'change-endpoint does all of it')
})

test('the admin API refuses to attach what cannot work, and shows plans, apps and their limits', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [
            entityWith('sql', { endpoint: 'db.corp.example:5432' }),
            entityWith('sample', '[{"key": "endpoint", "value : "host:port"}]'),
          ],
        },
      ],
    },
  })
  const call = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object) =>
    callAdmin(relay, method, path, body)
  await call('PUT', 'plans/rg1/plan1', { sku: 'b1' })
  await call('PUT', 'apps/web1', { plan: 'plan1', group: 'rg1' })
  await call('PUT', 'apps/web1?slot=stage', {})
  const attached = await call('PUT', 'apps/web1/hybridConnections/contoso/sql', {})
  t.match(attached, {
    host: 'db.corp.example',
    port: 5432,
    keyName: 'defaultSender',
    key: 'primary',
    status: 'Not connected',
  })
  await t.rejects(call('PUT', 'apps/web1/hybridConnections/contoso/sample', {}), /doc-sample/)
  await call('PUT', 'apps/web1/hybridConnections/contoso/sql?slot=stage', { key: 'secondary' })
  t.match(await call('GET', 'plans'), {
    items: [
      {
        plan: 'plan1',
        sku: 'B1',
        used: 1,
        limit: 5,
        limitPer: 'plan',
        hybridConnections: [{ name: 'sql', apps: ['web1', 'web1/stage'] }],
      },
    ],
  })
  t.match(await call('GET', 'apps'), {
    items: [
      { app: 'web1', slot: null, hybridConnections: [{ key: 'primary' }] },
      { app: 'web1', slot: 'stage', hybridConnections: [{ key: 'secondary' }] },
    ],
  })
  const rule = 'namespaces/contoso/hybridConnections/sql/authorizationRules/defaultSender'
  await call('POST', `${rule}/regenerateKeys`, { keyType: 'PrimaryKey' })
  t.match(await call('GET', 'apps/web1/hybridConnections/contoso/sql'), { key: 'stale' })
  t.match(await call('GET', 'findings'), {
    items: [{ rule: 'no-listener' }, { rule: 'app-key', why: /web1 holds a send key/ }],
  })
  await t.rejects(call('DELETE', 'plans/rg1/plan1'), /web app\(s\) web1/)
})
