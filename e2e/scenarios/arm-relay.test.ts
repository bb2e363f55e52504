import { once } from 'node:events'
import { type Test, test } from 'tap'
import { createListener, createSender } from '../../client/index.ts'
import { azureOf, echoThrough } from '../harness/azure.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const GROUP = 'relay-emulator'
const NS = 'Contoso-Relay'

/** A relay and the SDK's client for it, with a namespace and a hybrid connection made by it. */
async function prepared(t: Test) {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const sdk = azure.relay()
  await sdk.namespaces.beginCreateOrUpdateAndWait(GROUP, NS, { location: 'westus2' })
  await sdk.hybridConnections.createOrUpdate(GROUP, NS, 'web', {})
  const rule = (name: string, right: 'Listen' | 'Send') =>
    sdk.hybridConnections.createOrUpdateAuthorizationRule(GROUP, NS, 'web', name, {
      rights: [right],
    })
  await rule('defaultListener', 'Listen')
  await rule('defaultSender', 'Send')
  const keys = async (name: string) => sdk.hybridConnections.listKeys(GROUP, NS, 'web', name)
  return { relay, azure, sdk, keys }
}

test('what the SDK creates carries traffic at once', async (t) => {
  const { relay, azure, sdk, keys } = await prepared(t)
  t.match(await sdk.namespaces.get(GROUP, NS.toLowerCase()), {
    name: NS,
    location: 'West US 2',
    provisioningState: 'Succeeded',
    sku: { name: 'Standard' },
  })
  t.equal(
    await echoThrough(t, relay, {
      listen: (await keys('defaultListener')).primaryConnectionString ?? '',
      send: (await keys('defaultSender')).secondaryConnectionString ?? '',
    }),
    'through',
  )
  const { value } = (await azure.call('GET', `${azure.group}/resources`)).body as never as {
    value: { name: string }[]
  }
  t.same(
    value.map(({ name }) => name),
    ['local-relay', NS],
  )
  const names: string[] = []
  for await (const entity of sdk.hybridConnections.listByNamespace(GROUP, NS)) {
    names.push(`${entity.name} ${entity.listenerCount}`)
    t.match(entity.id, /\/resourceGroups\/relay-emulator\/.*\/hybridConnections\/web$/)
  }
  t.same(names, ['web 1'])
  const ruleNames: (string | undefined)[] = []
  for await (const rule of sdk.namespaces.listAuthorizationRules(GROUP, NS)) {
    ruleNames.push(`${rule.name} ${rule.rights?.join()}`)
  }
  t.same(ruleNames, ['RootManageSharedAccessKey Listen,Manage,Send'])
})

test('a regenerated key stops working for new connections, and open ones stay', async (t) => {
  const { relay, sdk, keys } = await prepared(t)
  const send = (await keys('defaultSender')).primaryConnectionString ?? ''
  const listener = createListener({
    connectionString: (await keys('defaultListener')).primaryConnectionString ?? '',
    ca: relay.caPem,
  })
  t.teardown(() => listener.close())
  listener.on('connection', (stream) => stream.pipe(stream))
  await listener.online()
  const sender = createSender({ connectionString: send, ca: relay.caPem })
  t.teardown(() => sender.close())
  const stream = await sender.connect()
  const changed = await sdk.hybridConnections.regenerateKeys(GROUP, NS, 'web', 'defaultSender', {
    keyType: 'PrimaryKey',
  })
  t.notOk(send.includes(changed.primaryKey ?? '-'))
  await t.rejects(sender.connect(), /InvalidSignature/)
  stream.write('still here')
  t.equal(String((await once(stream, 'data'))[0]), 'still here')
  // A PUT of the rule, as the Azure CLI does before each attachment, leaves the keys alone (management-plane 0.5).
  await sdk.hybridConnections.createOrUpdateAuthorizationRule(GROUP, NS, 'web', 'defaultSender', {
    rights: ['Send'],
  })
  t.equal((await keys('defaultSender')).primaryKey, changed.primaryKey)
  stream.destroy()
})

test('namespaces, hybrid connections and rules are changed, listed and deleted by the SDK (management-plane 7)', async (t) => {
  const { sdk } = await prepared(t)
  t.match(await sdk.namespaces.update(GROUP, NS, { tags: { a: 'b' } }), { tags: { a: 'b' } })
  const names = async (list: AsyncIterable<{ name?: string | undefined }>) => {
    const found: (string | undefined)[] = []
    for await (const { name } of list) found.push(name)
    return found
  }
  t.same(await names(sdk.namespaces.list()), ['local-relay', NS])
  t.same(await names(sdk.namespaces.listByResourceGroup(GROUP)), ['local-relay', NS])
  const rights: 'Send'[] = ['Send']
  await sdk.namespaces.createOrUpdateAuthorizationRule(GROUP, NS, 'r1', { rights })
  t.match(await sdk.namespaces.getAuthorizationRule(GROUP, NS, 'r1'), { rights })
  const before = await sdk.namespaces.listKeys(GROUP, NS, 'r1')
  const after = await sdk.namespaces.regenerateKeys(GROUP, NS, 'r1', { keyType: 'SecondaryKey' })
  t.equal(after.primaryKey, before.primaryKey)
  t.not(after.secondaryKey, before.secondaryKey)
  t.equal(after.primaryConnectionString?.includes('EntityPath'), false)
  await sdk.namespaces.deleteAuthorizationRule(GROUP, NS, 'r1')
  t.same(await names(sdk.namespaces.listAuthorizationRules(GROUP, NS)), [
    'RootManageSharedAccessKey',
  ])
  const { hybridConnections } = sdk
  t.match(await hybridConnections.getAuthorizationRule(GROUP, NS, 'web', 'defaultSender'), {
    rights,
  })
  await hybridConnections.deleteAuthorizationRule(GROUP, NS, 'web', 'defaultSender')
  t.same(await names(hybridConnections.listAuthorizationRules(GROUP, NS, 'web')), [
    'defaultListener',
  ])
  await t.rejects(hybridConnections.listKeys(GROUP, NS, 'web', 'defaultSender'), {
    statusCode: 404,
    message: /does not exist/,
  })
})

test('deleting a hybrid connection closes its listeners with 1001 and its tunnels', async (t) => {
  const { relay, sdk, keys } = await prepared(t)
  const listener = createListener({
    connectionString: (await keys('defaultListener')).primaryConnectionString ?? '',
    ca: relay.caPem,
  })
  t.teardown(() => listener.close())
  listener.on('connection', (stream) => stream.resume())
  await listener.online()
  const sender = createSender({
    connectionString: (await keys('defaultSender')).primaryConnectionString ?? '',
    ca: relay.caPem,
  })
  t.teardown(() => sender.close())
  const stream = await sender.connect()
  stream.on('error', () => {})
  stream.resume()
  const closed = new Promise((resolve) => stream.once('close', resolve))
  await sdk.hybridConnections.delete(GROUP, NS, 'web')
  await closed
  const { message } = await factOf(relay, 'listenerDisconnected')
  t.match(message, /1001/)
  await t.rejects(sdk.hybridConnections.get(GROUP, NS, 'web'), { code: 'ResourceNotFound' })
  await sdk.namespaces.beginDeleteAndWait(GROUP, NS)
  await t.rejects(sdk.namespaces.get(GROUP, NS), { code: 'ResourceNotFound' })
})

test('names, metadata, rights and limits are checked as Azure does (management-plane 4.0, 4.3, 4.6)', async (t) => {
  const { relay, azure, sdk } = await prepared(t)
  t.match(await sdk.namespaces.checkNameAvailability({ name: NS.toUpperCase() }), {
    nameAvailable: false,
    reason: 'NameInUse',
  })
  t.match(await sdk.namespaces.checkNameAvailability({ name: 'x' }), {
    reason: 'InvalidName',
  })
  const base = `${azure.group}/providers/Microsoft.Relay/namespaces/${NS}/hybridConnections`
  const put = (name: string, properties: object) =>
    azure.call('PUT', `${base}/${name}`, { body: { location: 'x', properties } })
  const sample = '[{"key": "endpoint", "value : "host:port"}]'
  const stored = await put('sample', { userMetadata: sample })
  t.match(stored, { status: 200, body: { properties: { userMetadata: sample } } })
  const warning = relay.server.feed.since(0).find(({ code }) => code === 'doc-sample')
  t.match(warning, { level: 'warning', hybridConnection: 'sample' })
  t.match(await put('sample', {}), { status: 200 })
  t.notOk('userMetadata' in (await azure.call('GET', `${base}/sample`)).body['properties']!)
  t.match(await put('sample', { userMetadata: 'x'.repeat(1025) }), {
    status: 400,
    body: { error: { code: 'BadRequest', message: /1025 characters/ } },
  })
  t.match(await put('sample', { requiresClientAuthorization: false }), {
    status: 400,
    body: { error: { message: /cannot be changed/ } },
  })
  t.match(await put('team%2Fweb', {}), { status: 200, body: { name: 'team/web' } })
  t.match(await azure.call('GET', `${base}/team~web`), {
    status: 200,
    body: { id: /\/hybridConnections\/team~web$/ },
  })
  const rule = (name: string, rights: string[]) =>
    azure.call('PUT', `${base}/web/authorizationRules/${name}`, {
      body: { properties: { rights } },
    })
  t.match(await rule('bad', ['Manage']), { status: 400, body: { error: { target: 'rights' } } })
  t.match(await rule('bad', []), { status: 400 })
  for (let index = 0; index < 10; index++) t.equal((await rule(`r${index}`, ['Send'])).status, 200)
  t.match(await rule('thirteenth', ['Send']), { status: 400, body: { error: { message: /12/ } } })
  t.match(await azure.call('POST', `${base}/web/authorizationRules/none/listKeys`), {
    status: 404,
    body: { error: { message: 'The requested resource none does not exist.' } },
  })
  t.match(await azure.call('PUT', `${base.replace(NS, 'missing-ns')}/x`, { body: {} }), {
    status: 404,
    body: { error: { code: 'ParentResourceNotFound' } },
  })
  t.match(await azure.call('DELETE', `${base}/nothing`), { status: 204 })
  for (const list of ['hybridConnections', 'authorizationRules', 'networkRuleSets']) {
    const below = `${azure.group}/providers/Microsoft.Relay/namespaces/missing-ns/${list}`
    t.match(await azure.call('GET', below), {
      status: 404,
      body: {
        error: { code: 'ResourceNotFound', message: /'Microsoft.Relay\/namespaces\/missing-ns'/ },
      },
    })
  }
})

test('IP rules refuse on the data plane, before any token is looked at (relay-protocol 8.4)', async (t) => {
  const { relay, azure } = await prepared(t)
  const address = `${azure.group}/providers/Microsoft.Relay/namespaces/local-relay/networkRuleSets/default`
  const rules = (properties: object) => azure.call('PUT', address, { body: { properties } })
  t.match(await azure.call('GET', address), { body: { properties: { defaultAction: 'Allow' } } })
  await listen(t, relay, 'demo')
  t.match(
    await rules({ defaultAction: 'Deny', ipRules: [{ ipMask: '10.0.0.0/8', action: 'Allow' }] }),
    { status: 200, body: { name: 'default', properties: { ipRules: [{ ipMask: '10.0.0.0/8' }] } } },
  )
  const refused = await fetch(`http://localhost:${relay.plainPort}/demo`)
  t.equal(refused.status, 401)
  t.match(await refused.text(), /Generic: Ip has been prevented to connect to the endpoint\./)
  t.match(await factOf(relay, 'ipBlocked'), { code: 'RELAY_IP_BLOCKED', level: 'warning' })
  await t.rejects(listen(t, relay, 'demo'), /401/)
  t.match(await rules({ ipRules: [{ ipMask: 'nonsense' }] }), { status: 400 })
  await rules({ defaultAction: 'Deny', ipRules: [{ ipMask: '127.0.0.1' }, { ipMask: '::1' }] })
  await listen(t, relay, 'demo')
})

test('what was made at run time is there after a restart, and its keys too', async (t) => {
  const dataDir = t.testdir({})
  const first = await startRelay(t, { dataDir })
  const azure = azureOf(first)
  const sdk = azure.relay()
  await azure.call('PUT', `/subscriptions/${azure.subscription}/resourcegroups/rg1`, {
    body: { location: 'West US 2', tags: { a: 'b' } },
  })
  await sdk.namespaces.beginCreateOrUpdateAndWait('rg1', NS, { location: 'westus2' })
  await sdk.hybridConnections.createOrUpdate('rg1', NS, 'web', { userMetadata: '[]' })
  const before = await sdk.namespaces.listKeys('rg1', NS, 'RootManageSharedAccessKey')
  const token = await azure.token()
  await first.server.close()
  const second = await startRelay(t, { dataDir })
  const again = azureOf(second)
  const after = await again.relay().namespaces.listKeys('rg1', NS, 'RootManageSharedAccessKey')
  t.equal(after.primaryKey, before.primaryKey)
  t.match(await again.relay().hybridConnections.get('rg1', NS, 'web'), { userMetadata: '[]' })
  // The signing key stays, so tokens of before are good.
  const group = await again.call(
    'GET',
    `/subscriptions/${again.subscription}/resourceGroups/RG1?api-version=2021-04-01`,
    { isBare: true, headers: { authorization: `Bearer ${token}` } },
  )
  t.match(group, { status: 200, body: { name: 'rg1', location: 'westus2', tags: { a: 'b' } } })
})

test('two who write at once lose nothing of one another, nor at a restart', async (t) => {
  const dataDir = t.testdir({})
  const first = await startRelay(t, { dataDir })
  const azure = azureOf(first)
  const group = `${azure.group}/providers`
  const namespace = `${group}/Microsoft.Relay/namespaces/local-relay`
  const plan = `${group}/Microsoft.Web/serverfarms/plan1`
  await azure.call('PUT', plan, { body: { location: 'westus2', sku: { name: 'S1' } } })
  const numbers = Array.from({ length: 15 }, (_unused, index) => index)
  const writer = (who: string) =>
    numbers.map(async (number) => {
      const entity = `${namespace}/hybridConnections/${who}${number}`
      const rule = `${entity}/authorizationRules/r1`
      const site = `${group}/Microsoft.Web/sites/${who}${number}`
      const body = { location: 'westus2', properties: { serverFarmId: plan } }
      const answers = await Promise.all([
        azure
          .call('PUT', entity, { body: { properties: { userMetadata: who } } })
          .then(() => azure.call('PUT', rule, { body: { properties: { rights: ['Send'] } } })),
        azure.call('PUT', site, { body }),
      ])
      return answers.map(({ status }) => status)
    })
  // The management plane and the emulator's own API write the same rules of the same entity.
  const shared = numbers.map((number) =>
    Promise.all([
      azure.call('PUT', `${namespace}/hybridConnections/demo/authorizationRules/arm${number % 5}`, {
        body: { properties: { rights: ['Listen'] } },
      }),
      callAdmin(
        first,
        'PUT',
        `namespaces/local-relay/hybridConnections/demo/authorizationRules/api${number % 5}`,
        { rights: ['Send'] },
      ),
    ]),
  )
  const statuses = await Promise.all([...writer('a'), ...writer('b')])
  t.same([...new Set(statuses.flat())], [200])
  await Promise.all(shared)
  const state = async (relay: TestRelay) => {
    const { namespaces } = relay.server
    const sites = await azureOf(relay).call('GET', `${group}/Microsoft.Web/sites`)
    return {
      entities: namespaces[0]?.hybridConnections.map(({ name, authorizationRules }) => [
        name,
        authorizationRules.map((rule) => `${rule.name} ${rule.primaryKey}`),
      ]),
      sites: (sites.body['value'] as never as { name: string }[]).map(({ name }) => name),
    }
  }
  const before = await state(first)
  t.equal(before.entities?.length, 2 + 30)
  t.equal(before.sites.length, 30)
  const demo = before.entities?.find(([name]) => name === 'demo')?.[1]
  t.equal(demo?.length, 2 + 10, 'no rule of either is missing')
  await first.server.close()
  t.same(await state(await startRelay(t, { dataDir })), before)
})
