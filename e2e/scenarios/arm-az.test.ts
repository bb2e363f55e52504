import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { t as file, test } from 'tap'
import { AZ_TIMEOUT_MS } from '../harness/az.ts'
import { azAtRelay } from '../harness/az-arm.ts'
import { echoThrough } from '../harness/azure.ts'
import { hasProgram } from '../harness/require-program.ts'

file.setTimeout(AZ_TIMEOUT_MS)

const NS = 'az-relay'

// Commands that Debian's package breaks by itself go through `az rest` (management-plane 7).
test('az makes namespaces and hybrid connections that carry traffic, and deploys templates', async (t) => {
  if (!hasProgram(t, 'az')) return
  const { relay, az, rest } = await azAtRelay(t)
  const { subscriptionId } = relay.server.arm
  t.match(await az.good('account', 'show'), {
    id: subscriptionId,
    tenantId: relay.server.identity.tenantId,
  })
  t.match(await az.good('account', 'get-access-token'), {
    tokenType: 'Bearer',
    subscription: subscriptionId,
  })
  await az.good('provider', 'register', '-n', 'Microsoft.Relay', '--wait')
  t.match(await az.good('group', 'create', '-n', 'rg1', '-l', 'westus2'), { name: 'rg1' })
  const group = `/subscriptions/${subscriptionId}/resourceGroups/rg1`
  const namespace = `${group}/providers/Microsoft.Relay/namespaces/${NS}`
  t.match(await rest('put', namespace, { location: 'westus2' }), {
    name: NS,
    properties: { provisioningState: 'Succeeded' },
  })
  const metadata = '[{"key":"endpoint","value":"db.corp.local:5432"}]'
  const web = `${namespace}/hybridConnections/web`
  t.match(
    await az.good(
      ...['resource', 'create', '--id', web, '--api-version', '2021-11-01'],
      ...['--properties', JSON.stringify({ userMetadata: metadata })],
    ),
    { name: 'web', properties: { userMetadata: metadata } },
  )
  for (const [name, right] of [
    ['defaultListener', 'Listen'],
    ['defaultSender', 'Send'],
  ] as const) {
    await rest('put', `${web}/authorizationRules/${name}`, { properties: { rights: [right] } })
  }
  const connectionString = async (name: string) => {
    const keys = await rest('post', `${web}/authorizationRules/${name}/listKeys`)
    return String(keys['primaryConnectionString'])
  }
  const listen = await connectionString('defaultListener')
  const send = await connectionString('defaultSender')
  t.equal(await echoThrough(t, relay, { listen, send }), 'through')
  const renewed = await rest('post', `${web}/authorizationRules/defaultSender/regenerateKeys`, {
    keyType: 'SecondaryKey',
  })
  t.match(renewed, { keyName: 'defaultSender' })
  t.match(await az.good('resource', 'show', '--ids', web), { properties: { listenerCount: 1 } })
  t.match(await az.good('resource', 'list', '-g', 'rg1'), [{ name: NS }])
  await az.good('resource', 'delete', '--ids', web)
  t.equal(relay.server.namespaces[1]?.hybridConnections.length, 0)

  const template = join(t.testdir({}), 'template.json')
  await writeFile(template, TEMPLATE)
  const deployment = [
    '-g',
    'rg1',
    '--template-file',
    template,
    '--parameters',
    `namespaceName=${NS}`,
  ]
  t.match(await az.good('deployment', 'group', 'validate', ...deployment), {
    properties: { validatedResources: [{}, {}] },
  })
  t.match(await az.good('deployment', 'group', 'create', '-n', 'd1', ...deployment), {
    properties: {
      provisioningState: 'Succeeded',
      outputs: { send: { value: /^Endpoint=.*;EntityPath=made$/ } },
    },
  })
  const [whatIf, operations, list, shown] = await Promise.all([
    az('deployment', 'group', 'what-if', ...deployment),
    az('deployment', 'operation', 'group', 'list', '-g', 'rg1', '-n', 'd1'),
    az('deployment', 'group', 'list', '-g', 'rg1'),
    az('deployment', 'group', 'export', '-g', 'rg1', '-n', 'd1'),
  ])
  t.match(whatIf, { code: 0, stdout: /2 no change/ })
  t.match(operations.json, [{ properties: { provisioningState: 'Succeeded' } }])
  t.match(list.json, [{ name: 'd1' }])
  t.match(shown.json, { contentVersion: '1.0.0.0' })
  await az.good('group', 'delete', '-n', 'rg1', '--yes')
  t.equal((await az('group', 'exists', '-n', 'rg1')).stdout.trim(), 'false')
  t.same(
    relay.server.namespaces.map(({ name }) => name),
    ['local-relay'],
  )
})

/** With remarks, as people write them. */
const TEMPLATE = `{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  // what az pastes into its request as it stands
  "parameters": { "namespaceName": { "type": "string" } },
  "resources": [
    {
      "type": "Microsoft.Relay/namespaces/hybridConnections",
      "apiVersion": "2021-11-01",
      "name": "[format('{0}/made', parameters('namespaceName'))]",
      "properties": { "userMetadata": "[[{\\"key\\":\\"endpoint\\",\\"value\\":\\"h:1\\"}]" }
    },
    {
      "type": "Microsoft.Relay/namespaces/hybridConnections/authorizationRules",
      "apiVersion": "2021-11-01",
      "name": "[format('{0}/made/send', parameters('namespaceName'))]",
      "properties": { "rights": ["Send"] },
      "dependsOn": ["[resourceId('Microsoft.Relay/namespaces/hybridConnections', parameters('namespaceName'), 'made')]"]
    }
  ],
  "outputs": {
    "send": {
      "type": "string",
      "value": "[listKeys(resourceId('Microsoft.Relay/namespaces/hybridConnections/authorizationRules', parameters('namespaceName'), 'made', 'send'), '2021-11-01').primaryConnectionString]"
    }
  }
}`
