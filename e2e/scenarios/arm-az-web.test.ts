import { AzureCliCredential } from '@azure/identity'
import { t as file, type Test, test } from 'tap'
import { type Az, signedIn } from '../harness/az.ts'
import { azureOf, echoThrough, withVariables } from '../harness/azure.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'
import { hasProgram } from '../harness/require-program.ts'

// Each call of az starts Python, and there are some seventy of them.
file.setTimeout(400_000)

const GROUP = ['-g', 'relay-emulator']
const DEMO = ['--namespace', 'local-relay', '--hybrid-connection', 'demo']
/** How commands end that Debian's package breaks before they send anything (management-plane 7). */
const BROKEN = /^(ImportError|AttributeError|ValueError): /m

/** What a test does with az; `rest` takes the path below the group and a body. */
async function prepared(t: Test, name?: string, relay?: TestRelay) {
  const started = relay ?? (await startRelay(t))
  const az = await signedIn(t, started, name)
  const group = `/subscriptions/${started.server.arm.subscriptionId}/resourceGroups/relay-emulator`
  const namespace = `${group}/providers/Microsoft.Relay/namespaces/local-relay`
  const words = (method: string, path: string, body?: object) => [
    ...['rest', '--method', method, '--url', `${path}?api-version=2021-11-01`],
    ...(body ? ['--body', JSON.stringify(body)] : []),
  ]
  const rest = (method: string, path: string, body?: object) =>
    az.good(...words(method, path, body)) as Promise<Answer>
  return { relay: started, az, group, namespace, rest, words }
}

type Answer = { readonly [member: string]: Answer } & string

/** Runs a command, or `instead` where the package breaks it by itself. */
async function either(az: Az, words: readonly string[], instead: () => Promise<unknown>) {
  const outcome = await az(...words)
  if (outcome.code === 0) return outcome.json
  if (!BROKEN.test(outcome.stderr)) {
    throw new Error(`az ${words.slice(0, 3).join(' ')}: ${outcome.stderr.slice(-500)}`)
  }
  return instead()
}

test('az makes plan, apps and slot, attaches a hybrid connection and changes its key, and traffic goes with it', async (t) => {
  if (!hasProgram(t, 'az')) return
  const { relay, az, group, namespace, rest } = await prepared(t)
  const app = ['-n', 'app1', ...GROUP]
  const plan = ['appservice', 'plan']
  t.match(await az.good(...plan, 'create', '-n', 'plan1', ...GROUP, '--sku', 'S1'), {
    name: 'plan1',
    sku: { name: 'S1', tier: 'Standard' },
  })
  const [shownPlan, plans, created] = await Promise.all([
    az.good(...plan, 'show', '-n', 'plan1', ...GROUP),
    az.good(...plan, 'list', ...GROUP),
    az.good('webapp', 'create', ...app, '-p', 'plan1'),
  ])
  t.match(shownPlan, { name: 'plan1', properties: { provisioningState: 'Succeeded' } })
  t.match(plans, [{ name: 'plan1' }])
  t.match(created, { name: 'app1', state: 'Running', defaultHostName: 'app1.azurewebsites.net' })
  const [other, slot, shownApp] = await Promise.all([
    az.good('webapp', 'create', '-n', 'app2', ...GROUP, '-p', 'plan1', '--runtime', 'NODE:20LTS'),
    az.good('webapp', 'deployment', 'slot', 'create', ...app, '-s', 'stage'),
    az.good('webapp', 'show', ...app),
  ])
  t.match(other, { name: 'app2' })
  t.match(slot, { name: /stage$/, defaultHostName: 'app1-stage.azurewebsites.net' })
  t.match(shownApp, { name: 'app1', hostNames: ['app1.azurewebsites.net'] })

  const entity = `${namespace}/hybridConnections/demo`
  const rules = `${entity}/authorizationRules`
  const attachment = (site: string) =>
    `${group}/providers/Microsoft.Web/sites/${site}/hybridConnectionNamespaces/local-relay/relays/demo`
  const keys = () => rest('post', `${rules}/defaultSender/listKeys`)
  /** What `add` sends, one by one (management-plane 7). */
  const add = async (site: string) => {
    const listed = `${group.split('/resourceGroups')[0]}/providers/Microsoft.Relay/namespaces`
    t.match(await rest('get', listed), { value: [{ name: 'local-relay', id: /resourceGroups/ }] })
    const { properties } = await rest('get', entity)
    const [{ value: endpoint = '' } = {}] = JSON.parse(properties?.['userMetadata'] ?? '[]') as {
      value?: string
    }[]
    const [hostname, port] = endpoint.split(':')
    await rest('put', `${rules}/defaultSender`, { properties: { rights: ['Send'] } })
    return rest('put', attachment(site), {
      properties: {
        serviceBusNamespace: 'local-relay',
        relayName: 'demo',
        relayArmUri: entity,
        hostname,
        port,
        sendKeyName: 'defaultSender',
        sendKeyValue: (await keys())['primaryKey'],
        serviceBusSuffix: '.servicebus.windows.net',
      },
    })
  }
  const hybrid = ['webapp', 'hybrid-connection']
  await either(az, [...hybrid, 'add', ...app, ...DEMO], () => add('app1'))
  await either(az, [...hybrid, 'add', ...app, ...DEMO, '--slot', 'stage'], () =>
    add('app1/slots/stage'),
  )
  const [listed, atSlot, asFunction] = await Promise.all([
    az.good(...hybrid, 'list', ...app),
    az.good(...hybrid, 'list', ...app, '--slot', 'stage'),
    az.good('functionapp', 'hybrid-connection', 'list', ...app),
  ])
  for (const list of [listed, atSlot, asFunction]) {
    t.match(list, [{ name: /demo$/, properties: { hostname: 'echo.onprem.example' } }])
  }
  /** Sends with the key that the app holds. */
  const throughApp = async () => {
    const { properties } = await rest('post', `${attachment('app1')}/listKeys`)
    const found = relay.server.ready.namespaces[0]?.hybridConnections.find(
      ({ name }) => name === 'demo',
    )
    const key = String(properties?.['sendKeyValue'])
    const send = (found?.sendConnectionString ?? '').replace(
      /SharedAccessKey=[^;]*/,
      `SharedAccessKey=${key}`,
    )
    const strings = { listen: found?.listenConnectionString ?? '', send }
    return { key, answer: await echoThrough(t, relay, strings) }
  }
  const { primaryKey, secondaryKey } = await keys()
  t.same(await throughApp(), { key: primaryKey, answer: 'through' })

  /** What `set-key` sends (management-plane 5.6). */
  const setKey = async () => {
    const atPlan = `${group}/providers/Microsoft.Web/serverfarms/plan1/hybridConnectionNamespaces/local-relay/relays/demo`
    t.match(await rest('get', atPlan), { properties: { relayArmUri: entity } })
    t.match(await rest('get', `${atPlan}/sites`), { value: [{ name: 'app1' }] })
    const { properties } = await rest('get', attachment('app1'))
    const { hostname, port } = properties!
    return rest('patch', attachment('app1'), {
      properties: { hostname, port, sendKeyName: 'defaultSender', sendKeyValue: secondaryKey },
    })
  }
  const key = ['--plan', 'plan1', ...GROUP, ...DEMO, '--key-type', 'secondary']
  await either(az, ['appservice', 'hybrid-connection', 'set-key', ...key], setKey)
  t.same(await throughApp(), { key: secondaryKey, answer: 'through' })

  await az.good(...hybrid, 'remove', ...app, ...DEMO)
  await az.good(...hybrid, 'remove', ...app, ...DEMO, '--slot', 'stage')
  t.same(await az.good(...hybrid, 'list', ...app), [])
  t.match(await az(...hybrid, 'remove', ...app, ...DEMO), { code: 3, stderr: /not attached/ })
  const refused = await az(...plan, 'delete', '-n', 'plan1', ...GROUP, '--yes')
  t.match(refused, { code: 1, stderr: /cannot be deleted because it has web app\(s\) app1, app2/ })
  await az.good('webapp', 'delete', ...app, '--keep-empty-plan')
  t.equal((await az('webapp', 'show', ...app)).code, 3)
})

test('az gives and takes roles, and the token of its login is good for the SDKs', async (t) => {
  if (!hasProgram(t, 'az')) return
  const relay = await startRelay(t, {
    configuration: {
      identity: { servicePrincipals: [{ name: 'owner' }, { name: 'guest', roles: [] }] },
    },
  })
  const { az, group, rest } = await prepared(t, 'owner', relay)
  const guest = relay.server.identity.principals.find(({ name }) => name === 'guest')
  const roles = `${group}/providers/Microsoft.Authorization`
  const definition = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  const assignment = `${roles}/roleAssignments/00000000-0000-0000-0000-000000000001`
  const azure = azureOf(relay)
  const asGuest = { credential: azure.credential('guest') }
  const namespace = `${group}/providers/Microsoft.Relay/namespaces/local-relay`
  const sees = async () => (await azure.call('GET', namespace, asGuest)).status
  t.equal(await sees(), 403)
  const [definitions, unassigned] = await Promise.all([
    either(az, ['role', 'definition', 'list', '--name', 'Reader'], async () => {
      const { value } = await rest('get', `${roles}/roleDefinitions/${definition}`).then((one) => ({
        value: [one],
      }))
      return value.map(({ name, properties }) => ({ name, roleName: properties?.['roleName'] }))
    }),
    az('account', 'list', '--all'),
  ])
  t.match(definitions, [{ name: definition, roleName: 'Reader' }])
  t.equal(unassigned.code, 0)
  await either(
    az,
    [
      ...['role', 'assignment', 'create', '--role', 'Reader', '--scope', group],
      ...['--assignee-object-id', guest?.objectId ?? ''],
      ...['--assignee-principal-type', 'ServicePrincipal'],
    ],
    () =>
      rest('put', assignment, {
        properties: {
          roleDefinitionId: `${roles}/roleDefinitions/${definition}`,
          principalId: guest?.objectId,
          principalType: 'ServicePrincipal',
        },
      }),
  )
  t.equal(await sees(), 200)
  const all = await either(az, ['role', 'assignment', 'list', '--all'], async () => {
    const { value } = (await rest('get', `${roles}/roleAssignments`)) as never as {
      value: { properties: object }[]
    }
    return value.map(({ properties }) => properties)
  })
  t.ok(
    (all as { principalId?: string }[]).some(({ principalId }) => principalId === guest?.objectId),
  )
  await either(
    az,
    [
      ...['role', 'assignment', 'delete', '--role', 'Reader', '--scope', group],
      ...['--assignee', guest?.objectId ?? ''],
    ],
    () => rest('delete', assignment),
  )
  t.equal(await sees(), 403)

  withVariables(t, { AZURE_CONFIG_DIR: az.folder, REQUESTS_CA_BUNDLE: relay.caFile })
  const credential = new AzureCliCredential()
  t.match(await azure.relay(credential).namespaces.get('relay-emulator', 'local-relay'), {
    name: 'local-relay',
  })
})

test('every request of az relay, az group and az deployment show is answered as az expects it (management-plane 7)', async (t) => {
  if (!hasProgram(t, 'az')) return
  const { relay, az, group, words } = await prepared(t)
  const namespaces = `${group}/providers/Microsoft.Relay/namespaces`
  const made = `${namespaces}/az-made`
  const entity = `${made}/hybridConnections/hc1`
  const subscription = group.split('/resourceGroups')[0] ?? ''
  const rights = { properties: { rights: ['Listen'] } }
  const keyType = { keyType: 'PrimaryKey' }
  /** Those of one line go at once; the next line needs them. */
  const STEPS: (readonly [words: readonly string[], answer: object | null])[][] = [
    [
      [
        words('post', `${subscription}/providers/Microsoft.Relay/checkNameAvailability`, {
          name: 'az-made',
        }),
        { nameAvailable: true },
      ],
    ],
    [
      [words('put', made, { location: 'westus2', tags: { a: 'b' } }), { name: 'az-made' }],
      [['group', 'show', '-n', 'relay-emulator'], { name: 'relay-emulator' }],
      [['group', 'list'], [{ name: 'relay-emulator' }]],
    ],
    [
      [words('get', made), { tags: { a: 'b' } }],
      [words('get', namespaces), { value: [{}, {}] }],
      [words('put', `${made}/authorizationRules/r1`, rights), { name: 'r1' }],
      [words('put', entity, { properties: {} }), { name: 'hc1' }],
    ],
    [
      [words('get', `${made}/authorizationRules`), { value: [{}, { name: 'r1' }] }],
      [words('post', `${made}/authorizationRules/r1/listKeys`), { keyName: 'r1' }],
      [words('post', `${made}/authorizationRules/r1/regenerateKeys`, keyType), { keyName: 'r1' }],
      [words('get', entity), { properties: { listenerCount: 0 } }],
      [words('get', `${made}/hybridConnections`), { value: [{ name: 'hc1' }] }],
      [words('put', `${entity}/authorizationRules/r2`, rights), { name: 'r2' }],
    ],
    [
      [words('get', `${entity}/authorizationRules/r2`), { properties: { rights: ['Listen'] } }],
      [words('get', `${entity}/authorizationRules`), { value: [{ name: 'r2' }] }],
      [words('post', `${entity}/authorizationRules/r2/listKeys`), { keyName: 'r2' }],
      [
        words('post', `${entity}/authorizationRules/r2/regenerateKeys`, keyType),
        { primaryConnectionString: /EntityPath=hc1$/ },
      ],
    ],
    [[words('delete', `${entity}/authorizationRules/r2`), null]],
    [[words('delete', entity), null]],
    [[words('delete', made), null]],
  ]
  for (const step of STEPS) {
    const answers = await Promise.all(step.map(([command]) => az.good(...command)))
    for (const [index, [command, expected]] of step.entries()) {
      if (expected) t.match(answers[index], expected, command.slice(0, 5).join(' '))
    }
  }
  t.equal(relay.server.namespaces.length, 1)
  t.match(await az('deployment', 'group', 'show', '-n', 'none', ...GROUP), {
    code: 3,
    stderr: /DeploymentNotFound/,
  })
})
