import { test } from 'tap'
import { azureOf, echoThrough } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

/** A relay, and an app on a plan that has its hybrid connection attached, as the portal exports them. */
const APP = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: {
    relay: { type: 'string' },
    app: { type: 'string' },
    endpoint: { type: 'string', defaultValue: 'db.corp.example:5432' },
  },
  variables: {
    relayType: 'Microsoft.Relay/namespaces/hybridConnections',
    attachedType: 'Microsoft.Web/sites/hybridConnectionNamespaces/relays',
    hybridConnection: "[resourceId(variables('relayType'), parameters('relay'), 'sql')]",
    sender:
      "[resourceId('Microsoft.Relay/namespaces/hybridConnections/authorizationRules', parameters('relay'), 'sql', 'defaultSender')]",
    plan: "[resourceId('Microsoft.Web/serverfarms', 'plan1')]",
    site: "[resourceId('Microsoft.Web/sites', parameters('app'))]",
    attached:
      "[resourceId(variables('attachedType'), parameters('app'), parameters('relay'), 'sql')]",
  },
  resources: [
    {
      type: 'Microsoft.Web/sites/hybridConnectionNamespaces/relays',
      apiVersion: '2022-03-01',
      name: "[concat(parameters('app'), '/', parameters('relay'), '/sql')]",
      dependsOn: ["[variables('site')]", "[variables('sender')]"],
      properties: {
        relayArmUri: "[variables('hybridConnection')]",
        hostname:
          "[split(json(reference(variables('hybridConnection'), '2021-11-01').userMetadata)[0].value, ':')[0]]",
        port: "[int(split(parameters('endpoint'), ':')[1])]",
        sendKeyName: 'defaultSender',
        sendKeyValue: "[listKeys(variables('sender'), '2021-11-01').secondaryKey]",
      },
    },
    {
      type: 'Microsoft.Web/sites',
      apiVersion: '2022-03-01',
      name: "[parameters('app')]",
      location: '[resourceGroup().location]',
      kind: 'app',
      dependsOn: ["[variables('plan')]"],
      properties: { serverFarmId: "[variables('plan')]", siteConfig: { alwaysOn: true } },
    },
    {
      type: 'Microsoft.Web/serverfarms',
      apiVersion: '2022-03-01',
      name: 'plan1',
      location: '[resourceGroup().location]',
      sku: { name: 'S1', tier: 'Standard' },
      properties: {},
    },
    {
      type: 'Microsoft.Relay/namespaces',
      apiVersion: '2021-11-01',
      name: "[parameters('relay')]",
      location: '[resourceGroup().location]',
      resources: [
        {
          type: 'hybridConnections',
          apiVersion: '2021-11-01',
          name: 'sql',
          dependsOn: ["[parameters('relay')]"],
          properties: {
            userMetadata:
              '[concat(\'[{"key":"endpoint","value":"\', parameters(\'endpoint\'), \'"}]\')]',
          },
        },
      ],
    },
    {
      copy: { name: 'rules', count: 2 },
      type: 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules',
      apiVersion: '2021-11-01',
      name: "[format('{0}/sql/{1}', parameters('relay'), createArray('defaultListener', 'defaultSender')[copyIndex()])]",
      dependsOn: ["[variables('hybridConnection')]"],
      properties: { rights: ["[createArray('Listen', 'Send')[copyIndex()]]"] },
    },
  ],
  outputs: {
    host: {
      type: 'string',
      value: "[reference(variables('attached'), '2022-03-01').hostname]",
    },
    key: {
      type: 'string',
      value: "[listKeys(variables('attached'), '2016-08-01').properties.sendKeyValue]",
    },
    site: { type: 'string', value: "[reference(variables('site'), '2022-03-01', 'Full').kind]" },
    listen: {
      type: 'string',
      value:
        "[listKeys(resourceId('Microsoft.Relay/namespaces/hybridConnections/authorizationRules', parameters('relay'), 'sql', 'defaultListener'), '2021-11-01').primaryConnectionString]",
    },
  },
}

test('a template makes relay, plan, app and attachment in the order they need one another, and the app reaches its endpoint', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const at = (name: string) => `${azure.group}/providers/Microsoft.Resources/deployments/${name}`
  const deploy = (name: string, more: object) =>
    azure.call('PUT', at(name), { body: { properties: { mode: 'Incremental', ...more } } })
  const show = async (name: string) => (await azure.call('GET', at(name))).body['properties']!
  const parameters = { relay: { value: 'app-relay' }, app: { value: 'web1' } }
  const properties = { mode: 'Incremental', template: APP, parameters }
  const validated = await azure.call('POST', `${at('app')}/validate`, { body: { properties } })
  t.equal(validated.status, 200)
  const named = validated.body['properties']?.['validatedResources'] as never as { id: string }[]
  t.same(named.map(({ id }) => id.replace(`${azure.group}/providers/`, '')).sort(), [
    'Microsoft.Relay/namespaces/app-relay',
    'Microsoft.Relay/namespaces/app-relay/hybridConnections/sql',
    'Microsoft.Relay/namespaces/app-relay/hybridConnections/sql/authorizationRules/defaultListener',
    'Microsoft.Relay/namespaces/app-relay/hybridConnections/sql/authorizationRules/defaultSender',
    'Microsoft.Web/serverfarms/plan1',
    'Microsoft.Web/sites/web1',
    'Microsoft.Web/sites/web1/hybridConnectionNamespaces/app-relay/relays/sql',
  ])
  t.equal(relay.server.namespaces.length, 1, 'validation writes nothing')

  t.equal((await deploy('app', { template: APP, parameters })).status, 201)
  const { provisioningState, outputs, error } = await show('app')
  t.equal(provisioningState, 'Succeeded', JSON.stringify(error))
  const rules = relay.server.namespaces[1]?.hybridConnections[0]?.authorizationRules
  const secondary = rules?.find(({ name }) => name === 'defaultSender')?.secondaryKey
  t.match(outputs, {
    host: { value: 'db.corp.example' },
    key: { value: secondary },
    site: { value: 'app' },
  })
  const listen = outputs?.['listen']?.['value'] ?? ''
  const send = listen
    .replace('defaultListener', 'defaultSender')
    .replace(/SharedAccessKey=[^;]*/, `SharedAccessKey=${secondary}`)
  t.equal(await echoThrough(t, relay, { listen, send }), 'through')
  const operations = (await azure.call('GET', `${at('app')}/operations`)).body['value']
  const types = (operations as never as Operation[]).map(
    ({ properties: { provisioningState: state, targetResource } }) =>
      `${state} ${targetResource?.resourceType}`,
  )
  t.ok(types.every((type) => type.startsWith('Succeeded ')))
  const order = (type: string) => types.indexOf(`Succeeded ${type}`)
  const attached = order('Microsoft.Web/sites/hybridConnectionNamespaces/relays')
  t.ok(attached > order('Microsoft.Web/sites'), String(types))
  t.ok(order('Microsoft.Web/sites') > order('Microsoft.Web/serverfarms'), String(types))

  // What App Service refuses fails its one operation, and says why.
  const free = {
    ...APP,
    resources: APP.resources.map((resource) =>
      resource.type === 'Microsoft.Web/serverfarms'
        ? { ...resource, sku: { name: 'F1' } }
        : resource,
    ),
  }
  const [second, plan] = [{ relay: { value: 'free-relay' }, app: { value: 'web2' } }, 'free']
  await azure.call('DELETE', `${azure.group}/providers/Microsoft.Web/sites/web1`)
  await deploy(plan, { template: free, parameters: second })
  t.match(await show(plan), {
    provisioningState: 'Failed',
    error: { details: [{ message: /not available in the pricing tier Free/ }] },
  })
})

type Operation = {
  readonly properties: {
    readonly provisioningState: string
    readonly targetResource?: { readonly resourceType: string }
  }
}
