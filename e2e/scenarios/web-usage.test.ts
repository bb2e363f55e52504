import { test } from 'tap'
import { entityWith, startAgent, stringsOf } from '../harness/agent.ts'
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
