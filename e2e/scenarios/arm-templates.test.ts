import { type Test, test } from 'tap'
import { azureOf } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

const NAMESPACE = {
  type: 'Microsoft.Relay/namespaces',
  apiVersion: '2021-11-01',
  location: 'westus2',
}
const RULE = {
  type: 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules',
  apiVersion: '2021-11-01',
  name: 'relay-one/sql/sender',
  properties: { rights: ['Send'] },
}

/** Deploys templates to the group, or to `place`, and answers the deployment as it ended, else the refusal. */
async function prepared(t: Test) {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const deploy = async (properties: object, place = azure.group, more: object = {}) => {
    const path = `${place}/providers/Microsoft.Resources/deployments/d1`
    const body = { ...more, properties: { mode: 'Incremental', ...properties } }
    const answer = await azure.call('PUT', path, { body })
    return answer.status < 300 ? azure.call('GET', path) : answer
  }
  return { relay, azure, deploy }
}

test('dependsOn and listKeys take an id without its scope, a name and a symbol (management-plane 3.9)', async (t) => {
  const { deploy } = await prepared(t)
  const byName = [
    {
      ...RULE,
      dependsOn: ["[concat('Microsoft.Relay/namespaces/', 'relay-one', '/hybridConnections/sql')]"],
    },
    {
      type: 'Microsoft.Relay/namespaces/hybridConnections',
      apiVersion: '2021-11-01',
      name: 'relay-one/sql',
      dependsOn: ["[concat('Microsoft.Relay/namespaces/', 'relay-one')]"],
    },
    { ...NAMESPACE, name: 'relay-one' },
  ]
  const keyOf = (target: string) => ({
    key: { type: 'string', value: `[listKeys('${target}', '2021-11-01').keyName]` },
  })
  const found = {
    body: { properties: { provisioningState: 'Succeeded', outputs: { key: { value: 'sender' } } } },
  }
  const template = { resources: byName, outputs: keyOf('relay-one/sql/sender') }
  t.match(await deploy({ template }), found)
  const bySymbol = { languageVersion: '2.0', resources: { rule: RULE }, outputs: keyOf('rule') }
  t.match(await deploy({ template: bySymbol }), found)
  t.match(await deploy({ template: { ...bySymbol, outputs: keyOf('none') } }), {
    body: { properties: { error: { details: [{ message: /'none' is not valid/ }] } } },
  })
})

test('types of the user, as Bicep writes them, count for parameters and outputs (management-plane 3.9)', async (t) => {
  const { deploy } = await prepared(t)
  const template = {
    languageVersion: '2.0',
    definitions: {
      size: { type: 'string', allowedValues: ['small', 'large'] },
      ownSize: { $ref: '#/definitions/size', metadata: { description: 'of a user' } },
      password: { type: 'securestring' },
      endless: { $ref: '#/definitions/endless' },
    },
    parameters: {
      size: { $ref: '#/definitions/ownSize' },
      password: { $ref: '#/definitions/password', defaultValue: 'hunter2' },
    },
    resources: {},
    outputs: {
      size: { type: 'string', value: "[parameters('size')]" },
      password: { $ref: '#/definitions/password', value: "[parameters('password')]" },
    },
  }
  const small = await deploy({ template, parameters: { size: { value: 'small' } } })
  t.match(small, { body: { properties: { outputs: { size: { value: 'small' } } } } })
  t.notMatch(small.text, 'hunter2')
  t.match(await deploy({ template, parameters: { size: { value: 'huge' } } }), {
    status: 400,
    body: { error: { code: 'InvalidTemplate', message: /allowed values 'small, large'/ } },
  })
  for (const name of ['endless', 'none']) {
    const parameters = { size: { $ref: `#/definitions/${name}`, defaultValue: 'x' } }
    t.match(await deploy({ template: { ...template, parameters } }), {
      status: 400,
      body: { error: { message: new RegExp(`no definition '#/definitions/${name}'`) } },
    })
  }
})

test('resources that need one another are refused before anything is written (management-plane 3.9)', async (t) => {
  const { relay, deploy } = await prepared(t)
  const resources = [
    { ...NAMESPACE, name: 'relay-one', dependsOn: ['relay-two'] },
    { ...NAMESPACE, name: 'relay-two', dependsOn: ['relay-one'] },
    { ...NAMESPACE, name: 'relay-three' },
  ]
  t.match(await deploy({ template: { resources } }), {
    status: 400,
    body: { error: { code: 'InvalidTemplate', message: /circular dependency/ } },
  })
  t.equal(relay.server.namespaces.length, 1)
})

test('complete mode deletes an app before the plan that it runs on (management-plane 3.9, 5.1)', async (t) => {
  const { azure, deploy } = await prepared(t)
  const web = { apiVersion: '2022-03-01', location: 'westus2' }
  const plan = "[resourceId('Microsoft.Web/serverfarms', 'plan1')]"
  const resources = [
    { ...web, type: 'Microsoft.Web/serverfarms', name: 'plan1', sku: { name: 'S1' } },
    {
      ...web,
      type: 'Microsoft.Web/sites',
      name: 'app1',
      dependsOn: ['plan1'],
      properties: { serverFarmId: plan },
    },
  ]
  t.match(await deploy({ template: { resources } }), {
    body: { properties: { provisioningState: 'Succeeded' } },
  })
  const emptied = await deploy({ mode: 'Complete', template: { resources: [] } })
  t.equal(emptied.status, 200, emptied.text)
  t.strictSame((await azure.call('GET', `${azure.group}/resources`)).body['value'], [])
})

test('a deployment to the subscription has a location, which its template may ask for (management-plane 3.9)', async (t) => {
  const { azure, deploy } = await prepared(t)
  const subscription = `/subscriptions/${azure.subscription}`
  const group = (location: string) => ({
    parameters: { location: { type: 'string', defaultValue: location } },
    resources: [
      {
        type: 'Microsoft.Resources/resourceGroups',
        apiVersion: '2021-04-01',
        name: 'rg-new',
        location: "[parameters('location')]",
      },
    ],
  })
  const template = group('[deployment().location]')
  t.match(await deploy({ template }, subscription, { location: 'West US 2' }), {
    body: { location: 'West US 2', properties: { provisioningState: 'Succeeded' } },
  })
  t.match(await azure.call('GET', `${subscription}/resourceGroups/rg-new`), {
    body: { location: 'westus2' },
  })
  const moved = await deploy({ template: group('eastus') }, subscription, { location: 'eastus' })
  t.match(moved, {
    body: {
      properties: {
        error: { details: [{ code: 'Conflict', message: /InvalidResourceGroupLocation/ }] },
      },
    },
  })
})
