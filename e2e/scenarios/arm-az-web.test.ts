import { t as file, test } from 'tap'
import { AZ_TIMEOUT_MS } from '../harness/az.ts'
import { azAtRelay, either } from '../harness/az-arm.ts'
import { echoThrough } from '../harness/azure.ts'
import { hasProgram } from '../harness/require-program.ts'

file.setTimeout(AZ_TIMEOUT_MS)

const GROUP = ['-g', 'relay-emulator']
const DEMO = ['--namespace', 'local-relay', '--hybrid-connection', 'demo']

test('az makes plan, apps and slot, attaches a hybrid connection and changes its key, and traffic goes with it', async (t) => {
  if (!hasProgram(t, 'az')) return
  const { relay, az, group, namespace, rest } = await azAtRelay(t)
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
