import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { WebSiteManagementClient } from '@azure/arm-appservice'
import { type Test, test } from 'tap'
import { azureOf, echoThrough } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
const WEBSITE_CONTRIBUTOR = 'de139f84-1756-47ae-9be6-808fbbe84772'
const KEYS =
  'providers/Microsoft.Relay/namespaces/local-relay/hybridConnections/demo/authorizationRules/defaultSender'

/** An owner, and somebody without any role. */
async function prepared(t: Test) {
  const relay = await startRelay(t, {
    configuration: {
      identity: {
        servicePrincipals: [{ name: 'owner' }, { name: 'guest', roles: [] }],
        users: [],
      },
    },
  })
  const azure = azureOf(relay)
  const guest = relay.server.identity.principals[1]
  const assign = (scope: string, role: string, name: string) =>
    azure.call('PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`, {
      body: {
        properties: {
          roleDefinitionId: `/subscriptions/${azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
          principalId: guest?.objectId,
          principalType: 'ServicePrincipal',
        },
      },
    })
  return { relay, azure, guest, assign, asGuest: { credential: azure.credential('guest') } }
}

test('a Reader sees a hybrid connection and its rules, but no key; a Contributor lists keys and gives no roles (management-plane 6.1, 6.3)', async (t) => {
  const { azure, guest, assign, asGuest } = await prepared(t)
  const keys = `${azure.group}/${KEYS}`
  t.match(await azure.call('GET', '/subscriptions', asGuest), { body: { value: [] } })
  t.match(await azure.call('GET', keys, asGuest), { status: 403 })
  const first = '00000000-0000-0000-0000-000000000001'
  t.match(await assign(azure.group, READER, first), { status: 201, body: { name: first } })
  t.match(await azure.call('GET', '/subscriptions', asGuest), { body: { count: { value: 1 } } })
  t.match(await azure.call('GET', keys, asGuest), {
    status: 200,
    body: { properties: { rights: ['Send'] } },
  })
  const action = 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listKeys/action'
  t.match(await azure.call('POST', `${keys}/listKeys`, asGuest), {
    status: 403,
    body: {
      error: {
        code: 'AuthorizationFailed',
        message: `The client '${guest?.clientId}' with object id '${guest?.objectId}' does not have authorization to perform action '${action}' over scope '${keys}' or the scope is invalid.`,
      },
    },
  })
  t.match(
    await azure.call('PUT', `${azure.group}/${KEYS.replace('defaultSender', 'new')}`, {
      ...asGuest,
      body: { properties: { rights: ['Send'] } },
    }),
    { status: 403 },
  )
  const namespace = `${azure.group}/providers/Microsoft.Relay/namespaces/local-relay`
  const second = '00000000-0000-0000-0000-000000000002'
  t.equal((await assign(namespace, CONTRIBUTOR, second)).status, 201)
  t.match(await azure.call('POST', `${keys}/listKeys`, asGuest), {
    status: 200,
    body: { keyName: 'defaultSender' },
  })
  // The role counts below the namespace, not beside it.
  t.equal(
    (
      await azure.call('PUT', `${namespace.replace('local-relay', 'other-relay')}`, {
        ...asGuest,
        body: { location: 'westus2' },
      })
    ).status,
    403,
  )
  t.match(
    await azure.call(
      'PUT',
      `${namespace}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000003`,
      { ...asGuest, body: { properties: {} } },
    ),
    { status: 403 },
  )
  const template = {
    resources: [
      {
        type: 'Microsoft.Relay/namespaces',
        apiVersion: '2021-11-01',
        name: 'other-relay',
        location: 'x',
      },
    ],
  }
  const deployment = `${azure.group}/providers/Microsoft.Resources/deployments/d1/validate`
  t.match(
    await azure.call('POST', deployment, { ...asGuest, body: { properties: { template } } }),
    { status: 403, body: { error: { code: 'AuthorizationFailed' } } },
  )
})

test('who may only read a relay sees its hybrid connection and cannot attach it to an app of his own; a Contributor can', async (t) => {
  const { relay, azure, assign, asGuest } = await prepared(t)
  const web = `${azure.group}/providers/Microsoft.Web`
  const namespace = `${azure.group}/providers/Microsoft.Relay/namespaces/local-relay`
  const put = (path: string, body: object) => azure.call('PUT', path, { body })
  await put(`${web}/serverfarms/plan1`, { location: 'westus2', sku: { name: 'S1' } })
  const properties = { serverFarmId: `${web}/serverfarms/plan1` }
  await put(`${web}/sites/web1`, { location: 'westus2', properties })
  const id = (digit: number) => `00000000-0000-0000-0000-00000000001${digit}`
  t.equal((await assign(`${web}/sites/web1`, WEBSITE_CONTRIBUTOR, id(1))).status, 201)
  t.equal((await assign(namespace, READER, id(2))).status, 201)

  // What az does before it attaches: everything but the keys is shown.
  const seen = { status: 200, body: { value: [{ name: 'local-relay' }] } }
  const namespaces = `/subscriptions/${azure.subscription}/providers/Microsoft.Relay/namespaces`
  t.match(await azure.call('GET', namespaces, asGuest), seen)
  const entity = `${namespace}/hybridConnections/demo`
  t.match(await azure.call('GET', entity, asGuest), { status: 200, body: { name: 'demo' } })
  t.match(await azure.call('GET', `${entity}/authorizationRules`, asGuest), { status: 200 })
  const refused = { status: 403, body: { error: { code: 'AuthorizationFailed' } } }
  t.match(
    await azure.call('POST', `${entity}/authorizationRules/defaultSender/listKeys`, asGuest),
    refused,
  )
  const sdk = new WebSiteManagementClient(
    asGuest.credential,
    azure.subscription,
    azure.clientOptions,
  )
  const attach = (sendKeyName: string) =>
    sdk.webApps.createOrUpdateHybridConnection('relay-emulator', 'web1', 'local-relay', 'demo', {
      relayArmUri: entity,
      hostname: 'db.corp.example',
      port: 5432,
      sendKeyName,
    })
  for (const [name, action] of [
    ['defaultSender', 'namespaces/hybridConnections/authorizationRules/listKeys/action'],
    ['RootManageSharedAccessKey', 'namespaces/authorizationRules/listKeys/action'],
  ] as const) {
    await t.rejects(attach(name), {
      statusCode: 403,
      code: 'AuthorizationFailed',
      message: new RegExp(`Microsoft.Relay/${action}`),
    })
  }
  t.match(await azure.call('GET', `${web}/sites/web1/hybridConnectionRelays`), {
    body: { value: [] },
  })

  t.equal((await assign(namespace, CONTRIBUTOR, id(3))).status, 201)
  t.match(await attach('defaultSender'), { hostname: 'db.corp.example' })
  const held = `${web}/sites/web1/hybridConnectionNamespaces/local-relay/relays/demo/listKeys`
  const { body } = await azure.call('POST', held)
  const strings = relay.server.ready.namespaces[0]?.hybridConnections.find(
    ({ name }) => name === 'demo',
  )
  const key = `SharedAccessKey=${body['properties']?.['sendKeyValue']}`
  const send = strings?.sendConnectionString?.replace(/SharedAccessKey=[^;]*/, key) ?? ''
  const listen = strings?.listenConnectionString ?? ''
  t.equal(await echoThrough(t, relay, { listen, send }), 'through')
})

test('role assignments are made, found and taken back by the SDK', async (t) => {
  const { azure, guest, assign } = await prepared(t)
  const sdk = new AuthorizationManagementClient(
    azure.credential('owner'),
    azure.subscription,
    azure.clientOptions,
  )
  const roles: (string | undefined)[] = []
  for await (const role of sdk.roleDefinitions.list(azure.group, {
    filter: "roleName eq 'Azure Relay Sender'",
  })) {
    roles.push(role.name)
  }
  t.same(roles, ['26baccc8-eea7-41f1-98f4-1762cc7f685d'])
  const name = '00000000-0000-0000-0000-00000000000a'
  const parameters = {
    roleDefinitionId: `/subscriptions/${azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/${READER}`,
    principalId: guest?.objectId ?? '',
    principalType: 'ServicePrincipal',
  }
  t.match(await sdk.roleAssignments.create(azure.group, name, parameters), { scope: azure.group })
  const described = {
    ...parameters,
    description: 'reads for the build',
    condition: "@Resource[Microsoft.Relay/namespaces:name] StringEquals 'contoso'",
    conditionVersion: '2.0',
  }
  await sdk.roleAssignments.create(azure.group, name, described)
  t.match(await sdk.roleAssignments.get(azure.group, name), described)
  t.match(await assign(azure.group, READER, '00000000-0000-0000-0000-00000000000b'), {
    status: 409,
    body: { error: { code: 'RoleAssignmentExists' } },
  })
  await t.rejects(
    sdk.roleAssignments.create(azure.group, '00000000-0000-0000-0000-00000000000c', {
      ...parameters,
      principalId: '12345678-0000-0000-0000-000000000000',
    }),
    { code: 'PrincipalNotFound' },
  )
  await t.rejects(
    sdk.roleAssignments.create(azure.group, name, { ...parameters, roleDefinitionId: '/x/none' }),
    { code: 'RoleDefinitionDoesNotExist' },
  )
  const found: (string | undefined)[] = []
  for await (const one of sdk.roleAssignments.listForSubscription({
    filter: `principalId eq '${guest?.objectId}'`,
  })) {
    found.push(one.name)
  }
  t.same(found, [name])
  await sdk.roleAssignments.delete(azure.group, name)
  t.equal(
    (
      await azure.call(
        'DELETE',
        `${azure.group}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      )
    ).status,
    204,
  )
  // What the configuration gives stands there alone.
  const [configured] = (
    await azure.call(
      'GET',
      `/subscriptions/${azure.subscription}/providers/Microsoft.Authorization/roleAssignments`,
    )
  ).body['value'] as never as { id: string }[]
  t.match(await azure.call('DELETE', configured?.id ?? ''), { status: 409 })
  t.match(await azure.call('GET', `${azure.group}/providers/Microsoft.Authorization/permissions`), {
    body: { value: [{ actions: ['*'], notActions: [] }] },
  })
  const graph = {
    isBare: true,
    body: { ids: [guest?.objectId] },
    headers: { authorization: `Bearer ${await azure.token(undefined, `${azure.url}//.default`)}` },
  }
  t.match(await azure.call('POST', '/v1.0/directoryObjects/getByIds', graph), {
    body: { value: [{ appId: guest?.clientId, displayName: 'guest' }] },
  })
})
