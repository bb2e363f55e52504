import { WebSiteManagementClient } from '@azure/arm-appservice'
import { type Test, test } from 'tap'
import type { RelayServerInput } from '../../server/index.ts'
import { azureOf, echoThrough } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

const GROUP = 'relay-emulator'
const NS = 'local-relay'

/** An emulator with a plan and the SDK's client for it. */
async function prepared(t: Test, sku = 'S1', options: RelayServerInput = {}) {
  const relay = await startRelay(t, options)
  const azure = azureOf(relay)
  const sdk = new WebSiteManagementClient(
    azure.credential(),
    azure.subscription,
    azure.clientOptions,
  )
  const plan = await sdk.appServicePlans.createOrUpdate(GROUP, 'plan1', {
    location: 'westus2',
    sku: { name: sku, tier: 'STANDARD', capacity: 1 },
  })
  const app = async (name: string, more: object = {}) =>
    sdk.webApps.createOrUpdate(GROUP, name, {
      location: 'westus2',
      serverFarmId: plan.id ?? '',
      ...more,
    })
  const attach = (site: string, name: string, more: object = {}) =>
    sdk.webApps.createOrUpdateHybridConnection(GROUP, site, NS, name, {
      relayArmUri: `${azure.group}/providers/Microsoft.Relay/namespaces/${NS}/HybridConnections/${name}`,
      hostname: `${name}.onprem.example`,
      port: 7007,
      sendKeyName: 'defaultSender',
      ...more,
    })
  const web = `${azure.group}/providers/Microsoft.Web`
  return { relay, azure, sdk, plan, app, attach, web }
}

/** As many hybrid connections that App Service could use. */
async function entities(t: Test, azure: ReturnType<typeof azureOf>, count: number) {
  const names = Array.from({ length: count }, (_, index) => `hc${index}`)
  for (const name of names) {
    const path = `${azure.group}/providers/Microsoft.Relay/namespaces/${NS}/hybridConnections/${name}`
    const userMetadata = JSON.stringify([{ key: 'endpoint', value: `${name}.corp.example:80` }])
    const { status } = await azure.call('PUT', path, { body: { properties: { userMetadata } } })
    t.equal(status, 200)
  }
  return names
}

test('the SDK makes plan, app, slot and attachment, and the attached key carries traffic (management-plane 5)', async (t) => {
  const { relay, azure, sdk, plan, app, attach, web } = await prepared(t)
  t.match(plan, {
    location: 'West US 2',
    sku: { name: 'S1', tier: 'Standard', family: 'S' },
    status: 'Ready',
  })
  t.match(await app('web1'), { defaultHostName: 'web1.azurewebsites.net', state: 'Running' })
  t.match(await sdk.webApps.createOrUpdateSlot(GROUP, 'web1', 'stage', { location: 'westus2' }), {
    name: 'web1/stage',
    defaultHostName: 'web1-stage.azurewebsites.net',
  })
  const attached = await attach('web1', 'demo')
  t.match(attached, {
    type: 'Microsoft.Web/sites/hybridConnectionNamespaces/relays',
    relayArmUri: /\/resourceGroups\/relay-emulator\/.*\/hybridConnections\/demo$/,
    serviceBusSuffix: '.servicebus.windows.net',
    port: 7007,
    sendKeyValue: '',
  })
  const listed = await azure.call('GET', `${web}/sites/WEB1/hybridConnectionRelays`)
  t.match(listed.body, { value: [{ name: 'demo', location: 'West US 2' }], nextLink: null })
  t.match(await sdk.appServicePlans.getHybridConnectionPlanLimit(GROUP, 'plan1'), {
    current: 1,
    maximum: 25,
  })
  const keys = await sdk.appServicePlans.listHybridConnectionKeys(GROUP, 'plan1', NS, 'demo')
  t.equal(keys.sendKeyName, 'defaultSender')

  const demo = relay.server.ready.namespaces[0]?.hybridConnections.find(
    ({ name }) => name === 'demo',
  )
  t.equal(
    await echoThrough(t, relay, {
      listen: demo?.listenConnectionString ?? '',
      send: `Endpoint=sb://localhost:${relay.port}/;SharedAccessKeyName=${keys.sendKeyName};SharedAccessKey=${keys.sendKeyValue};EntityPath=demo`,
    }),
    'through',
  )

  const sites: unknown[] = []
  for await (const site of sdk.appServicePlans.listWebAppsByHybridConnection(
    GROUP,
    'plan1',
    NS,
    'demo',
  )) {
    sites.push(site)
  }
  t.match(sites, [{ name: 'web1', id: /\/sites\/web1$/ }])
  await t.rejects(sdk.appServicePlans.delete(GROUP, 'plan1'), /web app\(s\) web1 assigned/)
  const ofPlan: (string | undefined)[] = []
  for await (const one of sdk.appServicePlans.listHybridConnections(GROUP, 'plan1')) {
    ofPlan.push(one.hostname)
  }
  t.same(ofPlan, ['demo.onprem.example'])
  t.match(await sdk.appServicePlans.getHybridConnection(GROUP, 'plan1', NS, 'demo'), {
    hostname: 'demo.onprem.example',
  })
  await sdk.appServicePlans.deleteHybridConnection(GROUP, 'plan1', NS, 'demo')
  t.match((await azure.call('GET', `${web}/sites/web1/hybridConnectionRelays`)).body, { value: [] })
  await attach('web1', 'demo')
  await sdk.webApps.deleteHybridConnection(GROUP, 'web1', NS, 'demo')
  await t.rejects(sdk.webApps.getHybridConnection(GROUP, 'web1', NS, 'demo'), /404|not found/i)
  await attach('web1', 'demo')
  await sdk.webApps.delete(GROUP, 'web1')
  t.match((await azure.call('GET', `${web}/sites`)).body, { value: [] })
  t.match(await sdk.appServicePlans.getHybridConnectionPlanLimit(GROUP, 'plan1'), { current: 0 })
  await sdk.appServicePlans.delete(GROUP, 'plan1')
})

test('a plan counts a hybrid connection once, however many apps use it, and refuses only new ones', async (t) => {
  const { azure, sdk, app, attach } = await prepared(t, 'B1')
  const names = await entities(t, azure, 6)
  const root = { sendKeyName: 'RootManageSharedAccessKey' }
  for (const site of ['a', 'b', 'c', 'd', 'e']) {
    await app(site)
    await attach(site, 'hc0', root)
  }
  const limit = () => sdk.appServicePlans.getHybridConnectionPlanLimit(GROUP, 'plan1')
  t.match(await limit(), { current: 1, maximum: 5 })
  for (const name of names.slice(1, 5)) await attach('a', name, root)
  t.match(await limit(), { current: 5, maximum: 5 })
  await t.rejects(attach('a', 'hc5', root), {
    statusCode: 409,
    message: /^Adding a Hybrid Connection failed because it would exceed the limit of 5/,
  })
  // Counted already, so that a full plan takes it (management-plane 5.1).
  await attach('b', 'hc4', root)
  t.match(await limit(), { current: 5 })
})

test('what App Service cannot use is refused with its reason, and metadata that cannot work is only warned of', async (t) => {
  const { relay, azure, sdk, app, attach, web } = await prepared(t, 'F1')
  await app('free')
  await t.rejects(attach('free', 'demo'), {
    statusCode: 400,
    message: /not available in the pricing tier Free \(F1\)/,
  })
  const plan = { location: 'westus2', sku: { name: 'P1v3' } }
  await sdk.appServicePlans.createOrUpdate(GROUP, 'plan1', plan)
  await app('windows-container', { hyperV: true })
  await t.rejects(
    attach('windows-container', 'demo'),
    /not supported for Windows custom containers/,
  )
  await t.rejects(attach('free', 'open'), /client authorization is off/)
  await t.rejects(attach('free', 'demo', { hostname: '' }), /hostname must not be empty/)
  await t.rejects(attach('free', 'demo', { port: 70_000 }), /0 to 65535/)
  await t.rejects(attach('free', 'nothing'), /not found/)
  await t.rejects(attach('free', 'demo', { sendKeyName: 'defaultListener' }), /no right to Send/)
  await t.rejects(
    sdk.appServicePlans.createOrUpdate(GROUP, 'odd', { location: 'x', sku: { name: 'Z9' } }),
    /SKU 'Z9' is not known/,
  )
  await entities(t, azure, 1)
  const broken = `${azure.group}/providers/Microsoft.Relay/namespaces/${NS}/hybridConnections/hc0`
  await azure.call('PUT', broken, { body: { properties: { userMetadata: 'nonsense' } } })
  const before = relay.server.feed.last
  await attach('free', 'hc0', { sendKeyName: 'RootManageSharedAccessKey' })
  const warning = relay.server.feed.since(before).find(({ level }) => level === 'warning')
  t.match(warning, { code: 'not-json', hybridConnection: 'hc0', message: /app free/ })
  await attach('free', 'demo')
  await t.rejects(attach('free', 'demo', { hostname: 'hc0.onprem.example' }), {
    statusCode: 409,
    message: /has the endpoint hc0\.onprem\.example:7007 already/,
  })
  t.match(await azure.call('GET', `${web}/sites/none/hybridConnectionRelays`), { status: 404 })
})

test('a key is kept when it is left out, and set by PATCH (management-plane 5.3, 5.6)', async (t) => {
  const { azure, app, attach, web, relay } = await prepared(t)
  await app('web1')
  const address = `${web}/sites/web1/hybridConnectionNamespaces/${NS}/relays/demo`
  const key = async () =>
    (await azure.call('POST', `${address}/listKeys`)).body['properties']?.['sendKeyValue']
  const rule = relay.server.namespaces[0]?.hybridConnections
    .find(({ name }) => name === 'demo')
    ?.authorizationRules.find(({ name }) => name === 'defaultSender')
  await attach('web1', 'demo')
  t.equal(await key(), rule?.primaryKey)
  const set = await azure.call('PATCH', address, {
    body: {
      properties: {
        sendKeyName: 'defaultSender',
        sendKeyValue: rule?.secondaryKey,
        hostname: 'x.example',
        port: '81',
      },
    },
  })
  t.match(set, {
    status: 200,
    body: { properties: { port: 81, serviceBusSuffix: '.servicebus.windows.net' } },
  })
  t.equal(await key(), rule?.secondaryKey)
  await attach('web1', 'demo', { sendKeyValue: '' })
  t.equal(await key(), rule?.secondaryKey)
  await attach('web1', 'demo', { sendKeyName: 'RootManageSharedAccessKey', sendKeyValue: '' })
  t.not(await key(), rule?.secondaryKey)
})

test('apps and what is attached to them are there after a restart', async (t) => {
  const dataDir = t.testdir({})
  const first = await prepared(t, 'S1', { dataDir })
  await first.app('web1')
  await first.attach('web1', 'demo')
  await first.relay.server.close()
  const second = await startRelay(t, { dataDir })
  const { body } = await azureOf(second).call(
    'GET',
    `${first.web}/sites/web1/hybridConnectionRelays`,
  )
  t.match(body, { value: [{ name: 'demo', properties: { hostname: 'demo.onprem.example' } }] })
})
