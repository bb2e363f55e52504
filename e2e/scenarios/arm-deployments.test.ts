import { test } from 'tap'
import { type TestAzure, azureOf, echoThrough } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

/** As Bicep compiles a module that makes a hybrid connection with its two rules, and a main file that uses it. */
const MODULE = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  languageVersion: '2.0',
  contentVersion: '1.0.0.0',
  metadata: { _generator: { name: 'bicep', version: '0.30.0', templateHash: '1' } },
  parameters: {
    namespaceName: { type: 'string', minLength: 6 },
    names: { type: 'array' },
  },
  variables: {
    rules: [
      { name: 'defaultListener', right: 'Listen' },
      { name: 'defaultSender', right: 'Send' },
    ],
  },
  resources: {
    relay: {
      existing: true,
      type: 'Microsoft.Relay/namespaces',
      apiVersion: '2021-11-01',
      name: "[parameters('namespaceName')]",
    },
    hybridConnections: {
      copy: { name: 'hybridConnections', count: "[length(parameters('names'))]" },
      type: 'Microsoft.Relay/namespaces/hybridConnections',
      apiVersion: '2021-11-01',
      name: "[format('{0}/{1}', parameters('namespaceName'), parameters('names')[copyIndex()])]",
      properties: {
        userMetadata:
          "[string(createArray(createObject('key', 'endpoint', 'value', format('{0}.corp.local:{1}', parameters('names')[copyIndex()], add(5432, copyIndex())))))]",
      },
    },
    rules: {
      copy: { name: 'rules', count: "[length(variables('rules'))]" },
      type: 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules',
      apiVersion: '2021-11-01',
      name: "[format('{0}/{1}/{2}', parameters('namespaceName'), parameters('names')[0], variables('rules')[copyIndex()].name)]",
      properties: { rights: ["[variables('rules')[copyIndex()].right]"] },
      dependsOn: ['hybridConnections'],
    },
  },
  outputs: {
    endpoints: {
      type: 'array',
      copy: {
        count: "[length(parameters('names'))]",
        input:
          "[json(reference(format('hybridConnections[{0}]', copyIndex())).userMetadata)[0].value]",
      },
    },
    listen: {
      type: 'string',
      value:
        "[listKeys(resourceId('Microsoft.Relay/namespaces/hybridConnections/authorizationRules', parameters('namespaceName'), parameters('names')[0], 'defaultListener'), '2021-11-01').primaryConnectionString]",
    },
  },
}

const MAIN = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: {
    prefix: { type: 'string', allowedValues: ['dev', 'test'] },
    password: { type: 'secureString', defaultValue: '[newGuid()]' },
    withExtra: { type: 'bool', defaultValue: false },
  },
  variables: {
    name: "[format('{0}-{1}', parameters('prefix'), uniqueString(resourceGroup().id))]",
  },
  resources: [
    {
      type: 'Microsoft.Resources/deployments',
      apiVersion: '2022-09-01',
      name: 'module',
      properties: {
        expressionEvaluationOptions: { scope: 'inner' },
        mode: 'Incremental',
        parameters: {
          namespaceName: { value: "[variables('name')]" },
          names: { value: ['db', 'web'] },
        },
        template: MODULE,
      },
      dependsOn: ["[resourceId('Microsoft.Relay/namespaces', variables('name'))]"],
    },
    {
      type: 'Microsoft.Relay/namespaces',
      apiVersion: '2021-11-01',
      name: "[variables('name')]",
      location: '[resourceGroup().location]',
    },
    {
      condition: "[parameters('withExtra')]",
      type: 'Microsoft.Relay/namespaces/hybridConnections',
      apiVersion: '2021-11-01',
      name: "[concat(variables('name'), '/extra')]",
    },
  ],
  outputs: {
    listen: {
      type: 'string',
      value:
        "[reference(resourceId('Microsoft.Resources/deployments', 'module')).outputs.listen.value]",
    },
    endpoints: {
      type: 'array',
      value: "[reference('module').outputs.endpoints.value]",
    },
    password: { type: 'secureString', value: "[parameters('password')]" },
  },
}

const deployer = (azure: TestAzure) => {
  const base = `${azure.group}/providers/Microsoft.Resources/deployments`
  const at = (name: string) => `${base}/${name}`
  const deploy = (name: string, properties: object) =>
    azure.call('PUT', at(name), { body: { properties: { mode: 'Incremental', ...properties } } })
  const show = async (name: string) => (await azure.call('GET', at(name))).body['properties']!
  return { at, deploy, show }
}

test('a template with a module as Bicep compiles it is deployed, and its output carries traffic', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { at, deploy, show } = deployer(azure)
  const answer = await deploy('main', { template: MAIN, parameters: { prefix: { value: 'dev' } } })
  t.match(answer, { status: 201, body: { properties: { provisioningState: 'Accepted' } } })
  const status = new URL(String(answer.headers['azure-asyncoperation'])).pathname
  t.match(await azure.call('GET', status), { body: { status: 'Succeeded' } })
  const { outputs, parameters, outputResources } = await show('main')
  t.match(parameters, { prefix: { type: 'String', value: 'dev' }, withExtra: { value: false } })
  t.strictSame(parameters?.['password'], { type: 'SecureString' })
  t.strictSame(outputs?.['password'], { type: 'SecureString' })
  t.match(outputs?.['endpoints'], { value: ['db.corp.local:5432', 'web.corp.local:5433'] })
  t.equal(outputResources?.length, 2)
  const listenString = outputs?.['listen']?.['value'] ?? ''
  const namespace = relay.server.namespaces[1]
  t.match(namespace?.name, /^dev-[a-z2-7]{13}$/)
  const sendKey = namespace?.hybridConnections[0]?.authorizationRules[1]?.primaryKey
  const send = listenString
    .replace('defaultListener', 'defaultSender')
    .replace(/SharedAccessKey=[^;]*/, `SharedAccessKey=${sendKey}`)
  t.equal(await echoThrough(t, relay, { listen: listenString, send }), 'through')
  const operations = `/subscriptions/${azure.subscription}/resourcegroups/relay-emulator/deployments/main/operations`
  const listed = (await azure.call('GET', operations)).body['value'] as never as object[]
  t.match(listed, [
    { properties: { targetResource: { resourceName: namespace?.name }, statusCode: 'OK' } },
    { properties: { targetResource: { resourceName: 'module' } } },
  ])
  t.match(await azure.call('POST', `${at('main')}/exportTemplate`), {
    body: { template: { contentVersion: '1.0.0.0' } },
  })
  t.equal((await azure.call('HEAD', at('main'))).status, 204)
  t.equal(
    (await deploy('main', { template: MAIN, parameters: { prefix: { value: 'dev' } } })).status,
    200,
  )
  t.equal((await azure.call('DELETE', at('main'))).status, 202)
  t.equal((await azure.call('GET', at('main'))).status, 404)
})

test('what is wrong with a template is told before anything is written', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { at } = deployer(azure)
  const namespace = { type: 'Microsoft.Relay/namespaces', apiVersion: '2021-11-01', location: 'x' }
  const REFUSED: [template: object, parameters: object, text: RegExp][] = [
    [MAIN, {}, /'prefix' is not provided/],
    [MAIN, { prefix: { value: 'prod' } }, /not part of the allowed values 'dev, test'/],
    [MAIN, { prefix: { value: 'dev' }, other: { value: 1 } }, /'other'.*not valid/],
    [{ resources: [{ ...namespace, name: "[magic('x')]" }] }, {}, /'magic' is not emulated/],
    [{ resources: [{ ...namespace, name: '[{"key":"endpoint"}]' }] }, {}, /begins with \[\[/],
    [{ resources: [{ ...namespace, name: 'a/b' }] }, {}, /has 2 name segments/],
    [
      { resources: [{ ...namespace, name: 'valid-ns', dependsOn: ['x'] }] },
      {},
      /'x' is not defined/,
    ],
    [
      {
        resources: [{ ...namespace, name: "[variables('a')]" }],
        variables: { a: "[variables('a')]" },
      },
      {},
      /needs itself/,
    ],
    [
      {
        resources: [
          { ...namespace, name: 'valid-ns' },
          { ...namespace, name: 'valid-ns' },
        ],
      },
      {},
      /multiple times/,
    ],
    [{}, {}, /no 'resources'/],
  ]
  for (const [template, parameters, text] of REFUSED) {
    const body = { properties: { mode: 'Incremental', template, parameters } }
    for (const [method, path] of [
      ['POST', `${at('bad')}/validate`],
      ['PUT', at('bad')],
    ] as const) {
      const answer = await azure.call(method, path, { body })
      t.match(answer, { status: 400, body: { error: { code: 'InvalidTemplate', message: text } } })
    }
  }
  t.equal(relay.server.namespaces.length, 1)
  // The body as the Azure CLI writes it (management-plane 0.1).
  const body = `{"properties": {"mode": "Incremental", template: {
    // a remark
    "resources": [{ "type": "Microsoft.Relay/namespaces", "apiVersion": "2021-11-01", "name": "valid-ns", "location": "westus2", }],
  }}}`
  t.match(await azure.call('POST', `${at('cli')}/validate`, { body }), {
    status: 200,
    body: { properties: { validatedResources: [{ id: /valid-ns$/ }] } },
  })
})

test('validate looks into outputs and modules, as far as nothing deployed is needed', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { at } = deployer(azure)
  const validate = (template: object, parameters: object = {}) =>
    azure.call('POST', `${at('checked')}/validate`, {
      body: { properties: { mode: 'Incremental', template, parameters } },
    })
  const module = (name: string, properties: object, more: object = {}) => ({
    resources: [
      {
        ...{ type: 'Microsoft.Resources/deployments', apiVersion: '2022-09-01', name },
        properties: {
          mode: 'Incremental',
          expressionEvaluationOptions: { scope: 'inner' },
          ...properties,
        },
        ...more,
      },
    ],
  })
  const output = (value: string) => ({ resources: [], outputs: { o: { type: 'string', value } } })
  const REFUSED: [template: object, text: RegExp][] = [
    [output("[magic('x')]"), /'magic' is not emulated/],
    [output("[variables('none')]"), /'none'/],
    [module('inner', { template: output("[parameters('none')]") }), /'none'/],
    [
      module('inner', {
        template: { resources: [], parameters: { needed: { type: 'string' } } },
      }),
      /'needed' is not provided/,
    ],
    [module('checked', { template: { resources: [] } }), /one of its own name/],
  ]
  for (const [template, text] of REFUSED) {
    const answer = await validate(template)
    t.match(answer, { status: 400, body: { error: { code: 'InvalidTemplate', message: text } } })
  }
  // What another deployment or a deployed resource will tell is not known yet.
  const later =
    "[reference(resourceId('Microsoft.Resources/deployments', 'inner')).outputs.o.value]"
  const GOOD = [
    MAIN,
    { ...module('inner', { template: output('text') }), ...output(later) },
    module('inner', {
      parameters: { given: { value: later } },
      template: { resources: [], parameters: { given: { type: 'int' } } },
    }),
    module(
      'inner',
      { template: output('[resourceGroup().location]') },
      { resourceGroup: 'rg-none' },
    ),
  ]
  for (const template of GOOD) {
    const parameters = template === MAIN ? { prefix: { value: 'dev' } } : {}
    t.match(await validate(template, parameters), { status: 200 })
  }
  t.equal(relay.server.namespaces.length, 1)
})

test('a deployment that fails says which resource and why, and deploys the others', async (t) => {
  const relay = await startRelay(t)
  const { deploy, show } = deployer(azureOf(relay))
  const relayType = { apiVersion: '2021-11-01', type: 'Microsoft.Relay/namespaces' }
  const child = { apiVersion: '2021-11-01', type: 'Microsoft.Relay/namespaces/hybridConnections' }
  const template = {
    resources: [
      { ...relayType, name: 'x', location: 'westus2' },
      { ...child, name: 'x/below', dependsOn: ["[resourceId('Microsoft.Relay/namespaces', 'x')]"] },
      { ...relayType, name: 'valid-ns', location: 'westus2' },
    ],
  }
  await deploy('d1', { template })
  t.match(await show('d1'), {
    provisioningState: 'Failed',
    error: {
      code: 'DeploymentFailed',
      details: [{ code: 'BadRequest', message: /6 to 50 characters/ }],
    },
  })
  t.ok(relay.server.namespaces.some(({ name }) => name === 'valid-ns'))
})

test('what-if tells the changes and writes nothing; complete mode deletes what is not named', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { at, deploy } = deployer(azure)
  const resource = (name: string) => ({
    type: 'Microsoft.Relay/namespaces',
    apiVersion: '2021-11-01',
    name,
    location: 'westeurope',
    tags: { made: 'by template' },
  })
  const template = { resources: [resource('local-relay'), resource('new-relay')] }
  const whatIf = await azure.call('POST', `${at('d1')}/whatIf`, {
    body: { properties: { mode: 'Complete', template: { resources: [resource('new-relay')] } } },
  })
  t.match(whatIf.body, {
    properties: {
      changes: [
        { changeType: 'Create', resourceId: /new-relay$/ },
        { changeType: 'Delete', resourceId: /local-relay$/ },
      ],
    },
  })
  t.equal(relay.server.namespaces.length, 1)
  await deploy('d1', { template })
  t.match(
    await azure.call('POST', `${at('d1')}/whatIf`, {
      body: { properties: { mode: 'Incremental', template } },
    }),
    { body: { properties: { changes: [{ changeType: 'NoChange' }, { changeType: 'NoChange' }] } } },
  )
  await deploy('d2', { mode: 'Complete', template: { resources: [resource('new-relay')] } })
  t.same(
    relay.server.namespaces.map(({ name }) => name),
    ['new-relay'],
  )
})

test('a deployment to the subscription makes a group and deploys a module into it', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const template = {
    resources: [
      {
        type: 'Microsoft.Resources/resourceGroups',
        apiVersion: '2021-04-01',
        name: 'rg-new',
        location: 'westus2',
      },
      {
        type: 'Microsoft.Resources/deployments',
        apiVersion: '2022-09-01',
        name: 'inside',
        resourceGroup: 'rg-new',
        dependsOn: ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg-new')]"],
        properties: {
          mode: 'Incremental',
          // Evaluated outside, which is the default.
          template: {
            resources: [
              {
                type: 'Microsoft.Relay/namespaces',
                apiVersion: '2021-11-01',
                name: "[concat('inner-', deployment().name)]",
                location: 'westus2',
              },
            ],
          },
        },
      },
    ],
  }
  const path = `/subscriptions/${azure.subscription}/providers/Microsoft.Resources/deployments/top`
  const answer = await azure.call('PUT', path, {
    body: { location: 'westus2', properties: { mode: 'Incremental', template } },
  })
  t.equal(answer.status, 201, answer.text)
  t.match((await azure.call('GET', path)).body, { properties: { provisioningState: 'Succeeded' } })
  t.equal(relay.server.namespaces[1]?.resourceGroup, 'rg-new')
  t.equal(relay.server.namespaces[1]?.name, 'inner-top')
})
