import { once } from 'node:events'
import { connect } from 'node:tls'
import { ResourceManagementClient } from '@azure/arm-resources'
import { test } from 'tap'
import { azureOf } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

test('calls are refused in the envelope that clients read (management-plane 3.1, 3.2)', async (t) => {
  const azure = azureOf(await startRelay(t))
  const { subscription, group } = azure
  const bare = (path: string, headers: Record<string, string> = {}) =>
    azure.call('GET', path, { isBare: true, headers })
  const none = await bare('/subscriptions?api-version=2022-12-01')
  t.match(none, {
    status: 401,
    body: { error: { code: 'AuthenticationFailed' } },
    headers: { 'www-authenticate': /^Bearer authorization_uri="https:\/\/localhost:\d+\/2222/ },
  })
  const bearer = async (scope?: string) => ({
    authorization: `Bearer ${await azure.token(undefined, scope)}`,
  })
  t.match(await bare('/subscriptions?api-version=2022-12-01', { authorization: 'Bearer x' }), {
    status: 401,
    body: { error: { code: 'InvalidAuthenticationToken' } },
  })
  t.match(
    await bare('/subscriptions?api-version=1', await bearer('https://relay.azure.net/.default')),
    { status: 401, body: { error: { code: 'InvalidAuthenticationTokenAudience' } } },
  )
  const mine = await bearer()
  t.match(await bare('/subscriptions', mine), {
    status: 400,
    body: { error: { code: 'MissingApiVersionParameter' } },
  })
  t.match(await bare('/subscriptions?Api-Version=new', mine), {
    status: 400,
    body: { error: { code: 'InvalidApiVersionParameter' } },
  })
  t.match(await bare('/subscriptions?API-VERSION=2031-01-01-preview', mine), { status: 200 })
  const REFUSED: [method: string, path: string, status: number, code: string][] = [
    [
      'GET',
      '/subscriptions/00000000-0000-0000-0000-000000000000/resources',
      404,
      'SubscriptionNotFound',
    ],
    ['GET', `/subscriptions/${subscription}/resourceGroups/none`, 404, 'ResourceGroupNotFound'],
    [
      'GET',
      `/subscriptions/${subscription}/resourceGroups/none/providers/Microsoft.Relay/namespaces`,
      404,
      'ResourceGroupNotFound',
    ],
    ['GET', `${group}/providers/Microsoft.Relay/namespaces/none`, 404, 'ResourceNotFound'],
    ['GET', `${group}/providers/Microsoft.Relay/magic/none`, 404, 'InvalidResourceType'],
    ['GET', `${group}/providers/Microsoft.Magic/x/y`, 404, 'InvalidResourceNamespace'],
    [
      'POST',
      `${group}/providers/Microsoft.Relay/namespaces/local-relay`,
      405,
      'HttpMethodNotAllowed',
    ],
    ['GET', '/magic', 404, 'NotFound'],
  ]
  for (const [method, path, status, code] of REFUSED) {
    t.match(await azure.call(method, path), { status, body: { error: { code } } }, path)
  }
  const address = `${group}/providers/Microsoft.Relay/namespaces/new-relay`
  t.match(await azure.call('PUT', address, { body: {} }), {
    status: 400,
    body: { error: { code: 'LocationRequired' } },
  })
  const broken = await azure.call('PUT', address, { body: '{"secret-key": "hunter2", }' })
  t.match(broken, { status: 400, body: { error: { code: 'InvalidRequestContent' } } })
  t.notMatch(broken.text, 'hunter2')
  t.match(
    await azure.call('PUT', `${group}/providers/Microsoft.Relay/namespaces/local-relay`, {
      body: { location: 'eastus' },
    }),
    {
      status: 409,
      body: { error: { code: 'InvalidResourceLocation' } },
    },
  )
})

test('untidy addresses are understood, and answers carry the headers of Azure (management-plane 0.7, 3.3)', async (t) => {
  const azure = azureOf(await startRelay(t))
  const { subscription, group } = azure
  const namespaces = `/providers/microsoft.relay/NAMESPACES`
  for (const path of [
    `//subscriptions/${subscription}//resourcegroups/RELAY-emulator${namespaces}/LOCAL-relay`,
    `${group}${namespaces}/local-relay/`,
    `/Subscriptions/${subscription.toUpperCase()}/ResourceGroups/relay-emulator${namespaces}/local%2Drelay`,
  ]) {
    const { status, body } = await azure.call('GET', path)
    t.equal(status, 200, path)
    t.equal(body['id'], `${group}/providers/Microsoft.Relay/namespaces/local-relay`)
  }
  const answer = await azure.call('GET', group, {
    headers: { 'x-ms-client-request-id': 'my-id', host: 'any.example:123' },
  })
  t.match(answer.headers, {
    'cache-control': 'no-cache',
    expires: '-1',
    'content-type': 'application/json; charset=utf-8',
    'x-ms-client-request-id': 'my-id',
    'x-ms-correlation-request-id': 'my-id',
    'x-ms-request-id': /./,
  })
  const metadata = async (version: string) =>
    JSON.parse(
      (await azure.call('GET', `//metadata/endpoints?api-version=${version}`, { isBare: true }))
        .text,
    ) as unknown
  t.match(await metadata('2015-01-01'), {
    authentication: { loginEndpoint: `${azure.url}/adfs` },
    galleryEndpoint: /gallery/,
  })
  t.match(await metadata('2019-05-01'), [{ name: 'Emulator', resourceManager: `${azure.url}/` }])
  t.match(await metadata('2022-09-01'), { authentication: { loginEndpoint: azure.url } })
})

test('resource groups, generic resources and pages work by the SDK (management-plane 3.4, 3.7)', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { subscription } = azure
  const sdk = new ResourceManagementClient(azure.credential(), subscription, azure.clientOptions)
  await sdk.resourceGroups.createOrUpdate('rg1', { location: 'westus2', tags: { a: 'b' } })
  await t.rejects(sdk.resourceGroups.createOrUpdate('rg1', { location: 'eastus' }), {
    code: 'InvalidResourceGroupLocation',
  })
  t.match(await sdk.resourceGroups.checkExistence('RG1'), { body: true })
  t.match(await sdk.resourceGroups.checkExistence('none'), { body: false })
  const { namespaces } = azure.relay()
  for (const name of ['first-ns', 'second-ns', 'third-ns']) {
    await namespaces.beginCreateOrUpdateAndWait('rg1', name, { location: 'westus2' })
  }
  const listed: (string | undefined)[] = []
  for await (const { name } of sdk.resources.list({
    filter: "resourceGroup eq 'rg1' and resourceType eq 'Microsoft.Relay/namespaces'",
    top: 2,
  })) {
    listed.push(name)
  }
  t.same(listed, ['first-ns', 'second-ns', 'third-ns'])
  t.match(await sdk.providers.get('Microsoft.Relay'), { registrationState: 'Registered' })
  // A namespace in another group has another address.
  t.equal(
    (await azure.call('GET', `${azure.group}/providers/Microsoft.Relay/namespaces/first-ns`))
      .status,
    404,
  )
  t.match(
    await azure.call('PUT', `${azure.group}/providers/Microsoft.Relay/namespaces/first-ns`, {
      body: { location: 'westus2' },
    }),
    { status: 409 },
  )
  await sdk.resourceGroups.beginDeleteAndWait('rg1')
  t.same(
    relay.server.namespaces.map(({ name }) => name),
    ['local-relay'],
  )
  t.match(
    await azure.call('GET', `/subscriptions/${subscription}/resources?$filter=size%20eq%20'x'`),
    {
      status: 400,
    },
  )
})

test('names of Microsoft are served where the configuration asks for them (management-plane 1.7)', async (t) => {
  const name = 'login.microsoftonline.com'
  const certified = async (hosts: string[]) => {
    const relay = await startRelay(t, { configuration: { arm: { hosts } } })
    const { port } = new URL(relay.server.ready.arm.url)
    const socket = connect({ port: Number(port), servername: name, ca: relay.caPem })
    t.teardown(() => socket.destroy())
    await once(socket, 'secureConnect')
    // Not ended: Node's HTTP server takes a FIN before its answer for the end of the conversation.
    socket.write(
      `GET /common/.well-known/openid-configuration HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`,
    )
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return text
  }
  t.match(await certified([name]), `https://${name}/common/oauth2/v2.0/token`)
  await t.rejects(certified([]), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})
