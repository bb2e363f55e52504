import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ClientSecretCredential,
  DefaultAzureCredential,
  DeviceCodeCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity'
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from 'jose'
import { test } from 'tap'
import {
  type HybridStream,
  createListener,
  createSender,
  entraTokenProvider,
} from '../../client/index.ts'
import { azureOf, withVariables } from '../harness/azure.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { listen } from '../harness/listener.ts'
import { startRelay } from '../harness/relay.ts'

const OWNER_ID = '33333333-3333-3333-3333-333333333333'
const RELAY_SCOPE = 'https://relay.azure.net/.default'
const LISTENER = 'Azure Relay Listener'
const SENDER = 'Azure Relay Sender'
const DEMO_SCOPE =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/relay-emulator/providers/Microsoft.Relay/namespaces/local-relay/hybridConnections/demo'

const identity = {
  servicePrincipals: [
    { name: 'both', roles: ['Azure Relay Owner'] },
    { name: 'listener', roles: [{ role: LISTENER, scope: DEMO_SCOPE }] },
    { name: 'sender', roles: [SENDER] },
    { name: 'owner' },
  ],
}

test('the roles of Azure Relay open the data plane, each its own side (relay-protocol 2.6)', async (t) => {
  const relay = await startRelay(t, { configuration: { identity } })
  const azure = azureOf(relay)
  const tokens = (name: string) => entraTokenProvider(azure.credential(name))
  const connectionString = `Endpoint=sb://localhost:${relay.port}/;EntityPath=demo`
  const address = { connectionString, ca: relay.caPem }
  const listener = createListener({ ...address, tokenProvider: tokens('listener') })
  t.teardown(() => listener.close())
  listener.on('connection', (stream: HybridStream) => stream.pipe(stream))
  await listener.online()
  const [row] = ((await callAdmin(relay, 'GET', 'listeners')) as { items: { rule: string }[] })
    .items
  t.equal(row?.rule, relay.server.identity.principals[1]?.clientId)
  const sender = createSender({ ...address, tokenProvider: tokens('sender') })
  t.teardown(() => sender.close())
  const stream = await sender.connect()
  stream.end('through')
  t.equal(String((await once(stream, 'data'))[0]), 'through')
  for (const name of ['listener', 'owner']) {
    const other = createSender({ ...address, tokenProvider: tokens(name) })
    t.teardown(() => other.close())
    await t.rejects(other.connect(), /Authorization failed for specified action: Send\./, name)
  }
  const bearer = {
    authorization: `Bearer ${await azure.token(azure.credential('sender'), RELAY_SCOPE)}`,
  }
  const url = `http://localhost:${relay.plainPort}/open?sb-hc-action=connect`
  t.equal((await fetch(url, { headers: bearer })).status, 404, 'no listener, but let in')
})

test('a role assignment made while the emulator runs counts at once, and its end too', async (t) => {
  const relay = await startRelay(t, { configuration: { identity: {} } })
  const azure = azureOf(relay)
  const token = await azure.token(undefined, RELAY_SCOPE)
  await t.rejects(listen(t, relay, 'demo', { token }), /401/)
  const { principals } = relay.server.identity
  const assignment = `${DEMO_SCOPE}/providers/Microsoft.Authorization/roleAssignments/12345678-1234-1234-1234-123456789012`
  const made = await azure.call('PUT', assignment, {
    body: {
      properties: {
        roleDefinitionId: '/x/26e0b698-aa6d-4085-9386-aadae190014d',
        principalId: principals[0]?.objectId,
      },
    },
  })
  t.equal(made.status, 201)
  const { socket } = await listen(t, relay, 'demo', { token })
  // The same token renews the channel, and a bad one ends it (relay-protocol 3.5).
  socket.send(JSON.stringify({ renewToken: { token } }))
  await factOf(relay, 'tokenRenewed')
  t.equal((await azure.call('DELETE', assignment)).status, 200)
  socket.send(JSON.stringify({ renewToken: { token } }))
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  t.match([code, String(reason)], [1008, /Authorization failed/])
})

test('what is wrong with a token is told: audience, signature, issuer, end (relay-protocol 2.8)', async (t) => {
  const relay = await startRelay(t, { configuration: { identity } })
  const azure = azureOf(relay)
  const refused = async (token: string, text: RegExp) => {
    const response = await fetch(`http://localhost:${relay.plainPort}/demo`, {
      headers: { ServiceBusAuthorization: token },
    })
    t.equal(response.status, 401)
    t.match(await response.text(), text)
  }
  const both = azure.credential('both')
  await refused(await azure.token(both), /InvalidAudience/)
  const good = await azure.token(both, RELAY_SCOPE)
  const [head, body] = good.split('.')
  await refused(`${head}.${body}.${Buffer.alloc(256).toString('base64url')}`, /InvalidSignature/)
  const { privateKey } = await generateKeyPair('RS256')
  const sign = (claims: object, seconds = 3600) =>
    new SignJWT({ ...decodeJwt(good), ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(privateKey)
  await refused(await sign({}), /InvalidSignature/)
  await refused(await sign({ iss: 'https://issuer.example/' }), /InvalidIssuer/)
  await refused(await sign({ iss: 'https://sts.windows.net/other/' }), /InvalidIssuer/)
  await refused('a.b.c', /MalformedToken/)
  const inspected = (await callAdmin(relay, 'POST', 'tokens/inspect', { token: good })) as {
    verdicts: { hybridConnection: string; ok: boolean }[]
  }
  t.ok(inspected.verdicts.every(({ ok }) => ok))
})

test('an issuer of the configuration is taken by its published keys, an ended token is not', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] }
  const server = createServer((_request, response) => response.end(JSON.stringify(keys)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const issuer = 'https://sts.windows.net/99999999-9999-9999-9999-999999999999/'
  const relay = await startRelay(t, {
    configuration: {
      identity: {
        issuers: [{ issuer, jwksUri: `http://127.0.0.1:${port}/keys` }],
        servicePrincipals: [{ name: 'real', objectId: OWNER_ID, roles: ['Azure Relay Owner'] }],
      },
    },
  })
  const sign = (seconds: number) =>
    new SignJWT({ iss: issuer, aud: 'https://relay.azure.net', oid: OWNER_ID, appid: 'app' })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(privateKey)
  await listen(t, relay, 'demo', { token: await sign(600) })
  const ended = listen(t, relay, 'demo', { token: await sign(-600) })
  await t.rejects(ended, /401/)
})

test('every credential of @azure/identity that works offline gets a token', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { principals, identityHeader } = relay.server.identity
  const [application] = principals
  const tlsOptions = { ca: relay.caPem }
  const claimsOf = async (credential: TokenCredential, scope = RELAY_SCOPE) =>
    decodeJwt(await azure.token(credential, scope))
  withVariables(t, {
    AZURE_TENANT_ID: azure.tenant,
    AZURE_CLIENT_ID: application?.clientId ?? '',
    AZURE_CLIENT_SECRET: application?.secret ?? '',
    AZURE_AUTHORITY_HOST: azure.url,
    IDENTITY_ENDPOINT: `${relay.adminUrl}/msi/token`,
    IDENTITY_HEADER: identityHeader,
  })
  const offline = { disableInstanceDiscovery: true, authorityHost: azure.url, tlsOptions }
  t.match(await claimsOf(new EnvironmentCredential(offline)), {
    aud: 'https://relay.azure.net',
    iss: `https://sts.windows.net/${azure.tenant}/`,
    appid: application?.clientId,
    oid: OWNER_ID,
    idtyp: 'app',
    ver: '1.0',
  })
  t.match(await claimsOf(new ManagedIdentityCredential()), { appidacr: '2', idtyp: 'app' })
  t.match(await claimsOf(new DefaultAzureCredential(offline)), { oid: OWNER_ID })
  const managed = principals.find(({ kind }) => kind === 'managedIdentity')
  const clientId = managed?.clientId ?? ''
  const assigned = new ManagedIdentityCredential({ clientId })
  t.match(await claimsOf(assigned), { appid: clientId, oid: managed?.objectId })
  let message = ''
  const device = new DeviceCodeCredential({
    ...offline,
    tenantId: azure.tenant,
    clientId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    userPromptCallback: (info) => (message = info.message),
  })
  t.match(await claimsOf(device, 'https://management.azure.com/.default'), {
    upn: 'dev@local.test',
    scp: 'user_impersonation',
  })
  t.match(message, /approves by itself/)
  // An authority of the form of ADFS needs no switch to be trusted (management-plane 1.8).
  const adfs = new ClientSecretCredential(
    'adfs',
    application?.clientId ?? '',
    application?.secret ?? '',
    {
      authorityHost: azure.url,
      tlsOptions,
    },
  )
  t.match(await claimsOf(adfs), { oid: OWNER_ID })
  const wrong = new ClientSecretCredential(
    azure.tenant,
    application?.clientId ?? '',
    'wrong',
    offline,
  )
  await t.rejects(wrong.getToken(RELAY_SCOPE), /AADSTS7000215/)
})

test('a managed identity is found at the address of a virtual machine, without any secret', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  withVariables(t, { AZURE_POD_IDENTITY_AUTHORITY_HOST: relay.adminUrl })
  const credentials = [new ManagedIdentityCredential(), new DefaultAzureCredential()]
  for (const credential of credentials) {
    const claims = decodeJwt(await azure.token(credential, RELAY_SCOPE))
    t.match(claims, { aud: 'https://relay.azure.net', appidacr: '2' }, credential.constructor.name)
  }
})

test('the managed identity endpoints take their four forms, and no page of a browser (management-plane 2.4)', async (t) => {
  const relay = await startRelay(t, {
    configuration: {
      identity: { managedIdentities: [{ name: 'first' }, { name: 'second' }] },
    },
  })
  const { principals, identityHeader } = relay.server.identity
  const [first, second] = principals.filter(({ kind }) => kind === 'managedIdentity')
  const resource = encodeURIComponent('https://relay.azure.net')
  const get = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(`${relay.adminUrl}${path}`, { headers })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  const imds = `/metadata/identity/oauth2/token/?api-version=2018-02-01&resource=${resource}`
  const metadata = { Metadata: 'true' }
  t.match(await get(imds, metadata), {
    status: 200,
    body: { client_id: first?.clientId, resource: 'https://relay.azure.net', token_type: 'Bearer' },
  })
  t.match(await get(`${imds}&client_id=${second?.clientId}`, metadata), {
    body: { client_id: second?.clientId },
  })
  t.match(await get(`${imds}&client_id=unknown`, metadata), { status: 400 })
  t.match(await get(imds, {}), {
    status: 400,
    body: { error_description: 'Required metadata header not specified' },
  })
  t.equal((await get(imds, { ...metadata, Origin: 'https://evil.example' })).status, 403)
  const appService = `/msi/token?api-version=2019-08-01&resource=${resource}`
  t.match(await get(appService, { 'X-IDENTITY-HEADER': identityHeader }), { status: 200 })
  t.match(await get(appService, { 'X-IDENTITY-HEADER': 'wrong' }), { status: 401 })
  t.match(
    await get(`/msi/token/?resource=https://relay.azure.net/&api-version=2017-09-01`, {
      secret: identityHeader,
    }),
    {
      status: 200,
      body: { resource: 'https://relay.azure.net/' },
    },
  )
  const legacy = await fetch(`${relay.adminUrl}/msi/token`, {
    method: 'POST',
    headers: { Metadata: 'true', 'content-type': 'application/x-www-form-urlencoded' },
    body: `resource=${resource}`,
  })
  t.equal(legacy.status, 200)
})

test('the token service answers as clients expect it (management-plane 2.1, 2.2)', async (t) => {
  const relay = await startRelay(t)
  const azure = azureOf(relay)
  const { tenant } = azure
  const get = async (path: string) => (await azure.call('GET', path, { isBare: true })).body
  t.match(await get(`/${tenant}/v2.0/.well-known/openid-configuration`), {
    issuer: `${azure.url}/${tenant}/v2.0`,
    token_endpoint: `${azure.url}/${tenant}/oauth2/v2.0/token`,
  })
  t.match(await get('/common/.well-known/openid-configuration'), {
    issuer: `${azure.url}/{tenantid}/v2.0`,
  })
  t.match(await get('/adfs/.well-known/openid-configuration'), { issuer: `${azure.url}/adfs` })
  t.match(await get('/common/discovery/instance?api-version=1.0'), {
    metadata: [{ preferred_network: new URL(azure.url).host }],
  })
  t.match(await get('/common/userrealm/dev@local.test?api-version=1.0'), {
    account_type: 'Managed',
  })
  t.match(await get('/adfs/discovery/keys'), { keys: [{ kty: 'RSA', alg: 'RS256', use: 'sig' }] })
  const post = (form: Record<string, string>, path = `/${tenant}/oauth2/v2.0/token`) =>
    azure.call('POST', path, {
      isBare: true,
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  const [application] = relay.server.identity.principals
  const app = {
    grant_type: 'client_credentials',
    client_id: application?.clientId ?? '',
    client_secret: application?.secret ?? '',
  }
  const audienceOf = (answer: Awaited<ReturnType<typeof post>>) =>
    decodeJwt(answer.body['access_token'] ?? '').aud
  const scope = 'https://management.core.windows.net//.default'
  t.equal(
    audienceOf(await post({ ...app, scope }, '/adfs/oauth2/token/')),
    'https://management.core.windows.net/',
  )
  const v1 = await post({ ...app, resource: 'https://relay.azure.net/' }, `/${tenant}/oauth2/token`)
  t.match(v1.body, { resource: 'https://relay.azure.net/', expires_on: /^\d+$/ })
  const user = relay.server.identity.principals.find(({ kind }) => kind === 'user')
  const client_id = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
  const password = await post({
    grant_type: 'password',
    client_id,
    username: user?.name ?? '',
    password: user?.secret ?? '',
    scope: 'https://management.core.windows.net//.default offline_access openid profile',
  })
  t.match(password.body, { foci: '1', id_token: /\./, client_info: /./ })
  const refresh_token = password.body['refresh_token'] ?? ''
  const refreshed = await post({ grant_type: 'refresh_token', client_id, refresh_token, scope })
  t.equal(refreshed.status, 200)
  // A refresh token is no access token, nor the other way round.
  t.equal(
    (
      await azure.call('GET', '/subscriptions?api-version=2022-12-01', {
        isBare: true,
        headers: { authorization: `Bearer ${refresh_token}` },
      })
    ).status,
    401,
  )
  const REFUSED: [Record<string, string>, number, string][] = [
    [{ ...app, client_secret: 'x', scope }, 401, 'AADSTS7000215'],
    [{ ...app, client_id: tenant, scope }, 400, 'AADSTS700016'],
    [
      { grant_type: 'refresh_token', client_id, refresh_token: 'x.y.z', scope },
      400,
      'AADSTS700082',
    ],
    [
      { grant_type: 'password', client_id, username: 'x', password: 'y', scope },
      400,
      'AADSTS50126',
    ],
    [{ grant_type: 'magic' }, 400, 'AADSTS70003'],
    [{ ...app, client_assertion: 'x', scope }, 401, 'AADSTS700027'],
  ]
  for (const [form, status, code] of REFUSED) {
    const answer = await post(form)
    t.equal(answer.status, status, code)
    t.match(answer.body['error_description'], code)
  }
  t.match((await post({ ...app, scope }, '/other-tenant/oauth2/v2.0/token')).text, /AADSTS90002/)
})
