import { test } from 'tap'
import { AppService, type Rows } from '../../app-service/app-service.ts'
import type { IdentityPrincipal } from '../../auth/identity.ts'
import { principalAccess } from '../../auth/principal-access.ts'
import { findRole } from '../../auth/roles.ts'
import { EventFeed } from '../../events.ts'
import { MemoryStore } from '../../namespace/memory-store.ts'
import { startAdmin } from '../testing/admin-fixture.ts'

const NOW_MS = Date.UTC(2030, 0, 1)
const LIST_KEYS = 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listKeys/action'
const ATTACH = 'Microsoft.Web/sites/hybridConnectionNamespaces/relays/write'

class MemoryRows<Row> implements Rows<Row> {
  readonly #rows = new Map<string, Row>()

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }
  list(): readonly Row[] {
    return [...this.#rows.values()]
  }
  put(key: string, row: Row): void {
    this.#rows.set(key, row)
  }
  delete(key: string): boolean {
    return this.#rows.delete(key)
  }
  deleteWhere(isGone: (row: Row) => boolean): number {
    const gone = [...this.#rows].filter(([, row]) => isGone(row))
    for (const [key] of gone) this.#rows.delete(key)
    return gone.length
  }
}

test('what can be attached has no reason against it, what cannot says why', async (t) => {
  const { call } = await startApps(t)
  const { body } = await call('GET', '/apps/web/candidates')
  t.same(
    body['items']?.map(({ namespace, name, isAttached, isOtherRegion, reasons }) => [
      `${namespace}/${name}`,
      isAttached,
      isOtherRegion,
      String(reasons),
    ]),
    [
      ['contoso/sql', true, false, ''],
      ['contoso/free', false, false, ''],
      ['contoso/twin', false, false, 'The app has db.corp.local:5432 already, by contoso/sql.'],
      ['contoso/mute', false, false, 'No authorization rule of it may send.'],
      ['overseas/far', false, true, ''],
    ],
  )
})

test('a Reader sees them and lacks two actions, a stranger sees none', async (t) => {
  const { call } = await startApps(t)
  const asReader = await call('GET', '/apps/web/candidates?as=reader&q=name:free')
  t.match(asReader.body['items'], [{ name: 'free', missingActions: [LIST_KEYS, ATTACH] }])
  const asOwner = await call('GET', '/apps/web/candidates?as=OWNER&q=name:free')
  t.match(asOwner.body['items'], [{ name: 'free', missingActions: [] }])
  t.same((await call('GET', '/apps/web/candidates?as=stranger')).body['items'], [])
  t.match(await call('GET', '/apps/web/candidates?as=nobody'), { status: 404 })
})

test('another profile shows what a plan would have used and been allowed', async (t) => {
  const { call } = await startApps(t)
  t.match((await call('GET', '/plans')).body['items'], [{ used: 1, limit: 220, limitPer: 'app' }])
  t.match((await call('GET', '/plans?profile=2017')).body['items'], [
    { used: 1, limit: 200, limitPer: 'plan' },
  ])
  t.match(await call('GET', '/plans?profile=2016'), { status: 400 })
})

/** App `web` on a Premium plan, with `sql` attached. */
async function startApps(t: Parameters<typeof startAdmin>[0]) {
  const store = new MemoryStore(() => NOW_MS)
  const metadata = (place: string) => JSON.stringify([{ key: 'endpoint', value: place }])
  const entities = [
    ['contoso', 'sql', 'db.corp.local:5432'],
    ['contoso', 'free', 'free.corp.local:80'],
    ['contoso', 'twin', 'DB.corp.local:5432'],
    ['contoso', 'mute', 'mute.corp.local:80'],
    ['overseas', 'far', 'far.corp.local:80'],
  ] as const
  store.putNamespace('contoso', { location: 'West Europe' })
  store.putNamespace('overseas', { location: 'westus2' })
  for (const namespace of ['contoso', 'overseas']) {
    store.deleteRule({ namespace }, 'RootManageSharedAccessKey')
  }
  for (const [namespace, name, place] of entities) {
    store.putHybridConnection(namespace, name, { userMetadata: metadata(place) })
    if (name === 'mute') continue
    store.putRule({ namespace, hybridConnection: name }, 'defaultSender', ['Send'])
  }
  const appService = new AppService({
    plans: new MemoryRows(),
    sites: new MemoryRows(),
    siteRelays: new MemoryRows(),
    store,
    events: new EventFeed(() => NOW_MS),
    profile: () => '2025',
  })
  const principals = [
    principal('reader', 'Reader'),
    principal('owner', 'Owner'),
    principal('stranger'),
  ]
  const assignments = principals.flatMap(({ objectId, roles }) =>
    roles.map(({ roleId }) => ({
      name: `${objectId}-role`,
      scope: '/subscriptions/sub',
      roleId,
      principalId: objectId,
      principalType: 'User' as const,
      createdOn: '2030-01-01T00:00:00.000Z',
      createdBy: null,
    })),
  )
  const access = principalAccess({
    identity: () => ({
      tenantId: 'tenant',
      domain: 'local.test',
      principals,
      issuers: [],
      identityHeader: '',
    }),
    assignments: () => assignments,
    subscriptionId: () => 'sub',
  })
  const admin = await startAdmin(t, { store, appService, access })
  await admin.call('PUT', '/plans/rg/plan1', { sku: 'P1v3', location: 'westeurope' })
  await admin.call('PUT', '/apps/web', { plan: 'plan1', group: 'rg' })
  await admin.call('PUT', '/apps/web/hybridConnections/contoso/sql', {})
  return admin
}

function principal(name: string, role?: string): IdentityPrincipal {
  const found = role === undefined ? undefined : findRole(role)
  return {
    kind: 'user',
    name,
    objectId: name,
    clientId: '',
    secret: '',
    resourceId: '',
    groups: [],
    roles: found ? [{ roleId: found.id, scope: null }] : [],
  }
}
