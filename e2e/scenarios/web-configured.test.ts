import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { entityWith } from '../harness/agent.ts'
import { azureOf, echoThrough } from '../harness/azure.ts'
import { callAdmin } from '../harness/facts.ts'
import { startRelay, type TestRelay } from '../harness/relay.ts'

const FILE = {
  version: 1,
  namespaces: [
    {
      name: 'contoso',
      hybridConnections: [
        entityWith('sql', { endpoint: 'db.corp.example:5432' }),
        entityWith('web', 'nonsense'),
        { name: 'open', requiresClientAuthorization: false },
      ],
    },
  ],
  appService: {
    plans: [{ name: 'plan1' }],
    apps: [
      {
        name: 'shop',
        plan: 'plan1',
        hybridConnections: ['contoso/sql'],
        slots: [
          {
            name: 'stage',
            hybridConnections: [
              { name: 'contoso/web', endpoint: 'web.corp.example:80', key: 'secondary' },
            ],
          },
        ],
      },
    ],
  },
}

type App = {
  app: string
  slot: string | null
  hybridConnections: { name: string; host: string; key: string }[]
}

/** Every app as `LABEL: NAME HOST KEY`. */
async function appsOf(relay: TestRelay): Promise<string[]> {
  const { items } = (await callAdmin(relay, 'GET', 'apps')) as { items: App[] }
  return items.map(({ app, slot, hybridConnections }) => {
    const all = hybridConnections.map(({ name, host, key }) => `${name} ${host} ${key}`)
    return `${slot === null ? app : `${app}/${slot}`}: ${all.join(', ')}`
  })
}

const CONFIGURED = [
  'shop: sql db.corp.example primary',
  'shop/stage: web web.corp.example secondary',
]

test('plans, apps and attachments of the configuration carry traffic; file and run time never overwrite each other in silence', async (t) => {
  const folder = t.testdir({ data: {} })
  const config = join(folder, 'relay-emulator.json')
  const dataDir = join(folder, 'data')
  const write = (appService: object) => writeFile(config, JSON.stringify({ ...FILE, appService }))
  await write(FILE.appService)
  const first = await startRelay(t, { config, dataDir })
  t.same(first.server.warnings, [])
  t.same(await appsOf(first), CONFIGURED)
  const { items } = (await callAdmin(first, 'POST', 'apps/shop/listKeys', {})) as {
    items: { key: string }[]
  }
  const [sql] = first.server.ready.namespaces[0]?.hybridConnections ?? []
  const key = `SharedAccessKey=${items[0]?.key}`
  const send = sql?.sendConnectionString?.replace(/SharedAccessKey=[^;]*/, key) ?? ''
  const listen = sql?.listenConnectionString ?? ''
  t.equal(await echoThrough(t, first, { listen, send }), 'through')
  // Azure's tools find it as if it had been made by them.
  const azure = azureOf(first)
  const sites = await azure.call('GET', `${azure.group}/providers/Microsoft.Web/sites`)
  t.match(sites.body, { value: [{ name: 'shop' }] })

  // At run time: another app, and another key for what the file says.
  await callAdmin(first, 'PUT', 'apps/made', { plan: 'plan1' })
  await callAdmin(first, 'PUT', 'apps/made/hybridConnections/contoso/sql', {})
  await callAdmin(first, 'PUT', 'apps/shop/hybridConnections/contoso/sql', { key: 'secondary' })
  const made = 'made: sql db.corp.example primary'
  t.same(await appsOf(first), ['shop: sql db.corp.example secondary', CONFIGURED[1], made])
  await first.server.close()

  const second = await startRelay(t, { config, dataDir })
  t.same(second.server.warnings, [
    'contoso/sql at app shop, made or changed at run time, was overwritten by the configuration.',
  ])
  t.same(await appsOf(second), [...CONFIGURED, made])
  t.same(await second.server.reload(), { ok: true, changes: [] })

  // What the file no longer says goes; the plan stays as long as an app of run time is on it.
  await write({})
  t.match(await second.server.reload(), {
    ok: true,
    changes: [/plan plan1 is not in the configuration any more and stays: .*web app\(s\) made/],
  })
  t.same(await appsOf(second), [made])

  // What App Service refuses is told, and everything else holds.
  const attached = ['contoso/sql', 'contoso/open', 'contoso/none', 'contoso/web']
  const app = { name: 'made', plan: 'plan1', hybridConnections: attached }
  await write({ plans: [{ name: 'plan1', sku: 'B1' }], apps: [app] })
  t.match(await second.server.reload(), {
    ok: true,
    changes: [
      /plan plan1, made or changed at run time, was overwritten/,
      /contoso\/open at app made is not attached: its userMetadata names no endpoint/,
      /contoso\/none at app made is not attached: .*not found/,
      /contoso\/web at app made is not attached: its userMetadata names no endpoint/,
    ],
  })
  t.same(await appsOf(second), [made])
  await callAdmin(second, 'DELETE', 'apps/made')
  await callAdmin(second, 'POST', 'reset')
  t.same(await appsOf(second), [made], 'a reset makes what the file says')
  // The test's folder goes before anything else: nothing may be written any more.
  await second.server.close()
})

test('faults in appService are told with their lines, and none of it holds', async (t) => {
  const folder = t.testdir({
    'relay-emulator.yaml': `version: 1
appService:
  plans:
    - { name: plan1, sku: Z9 }
    - { name: PLAN1 }
  apps:
    - name: shop
      plan: other
      hybridConnections:
        - sql
        - { name: contoso/sql, endpoint: db }
        - CONTOSO/SQL
`,
  })
  const config = join(folder, 'relay-emulator.yaml')
  const problems = [
    /:4:\d+.*there is no SKU Z9/,
    /:5:\d+.*PLAN1 is there twice/,
    /:8:\d+.*there is no plan other/,
    /:12:\d+.*CONTOSO\/SQL is there twice/,
    /:10:\d+.*sql is not NAMESPACE\/NAME/,
    /:11:\d+.*db is not HOST:PORT/,
  ]
  const error = await startRelay(t, { config }).then(
    () => new Error('it started'),
    (fault: Error) => fault,
  )
  for (const problem of problems) t.match(error.message, problem)
})
