import { t as file, test } from 'tap'
import { signedIn, startAz } from '../harness/az.ts'
import { runCli, startCli } from '../harness/cli.ts'
import { startRelay } from '../harness/relay.ts'
import { hasProgram } from '../harness/require-program.ts'

// Each call of az starts Python: some forty of them are slow where other tests run beside them.
file.setTimeout(300_000)

test('az signs in by every way that works offline', async (t) => {
  if (!hasProgram(t, 'az')) return
  const relay = await startRelay(t)
  const { identity, ready } = relay.server
  const tenant = ['--tenant', identity.tenantId]
  // By its one address, from which az finds the others (management-plane 1.4).
  const registered = await startAz(t, relay.caFile)
  const endpoint = `${ready.arm.url}/`
  const cloud = ['-n', 'Emulator', '--endpoint-resource-manager', endpoint]
  await registered.good('cloud', 'register', ...cloud)
  await registered.good('cloud', 'set', '-n', 'Emulator')
  const fresh = (env: Record<string, string> = {}) => startAz(t, relay.caFile, env, registered)
  const user = identity.principals.find(({ kind }) => kind === 'user')
  const [device, password, managed, appService, wrong] = await Promise.all([
    fresh().then((az) => az('login', '--use-device-code', ...tenant)),
    fresh().then((az) => az('login', '-u', user?.name ?? '', '-p', user?.secret ?? '', ...tenant)),
    fresh({ MSI_ENDPOINT: `${relay.adminUrl}/msi/token` }).then((az) => az('login', '--identity')),
    fresh({
      MSI_ENDPOINT: `${relay.adminUrl}/msi/token`,
      MSI_SECRET: identity.identityHeader,
      APPSETTING_WEBSITE_SITE_NAME: 'x',
    }).then((az) => az('login', '--identity')),
    fresh().then((az) =>
      az(
        ...['login', '--service-principal', '-u', identity.principals[0]?.clientId ?? ''],
        ...['-p', 'wrong', ...tenant],
      ),
    ),
  ])
  t.match(device.json, [{ user: { name: user?.name, type: 'user' } }], device.stderr)
  t.match(password.json, [{ user: { name: user?.name } }], password.stderr)
  t.match(managed.json, [{ user: { type: 'servicePrincipal' } }], managed.stderr)
  t.match(appService.json, [{ user: { type: 'servicePrincipal' } }], appService.stderr)
  t.match(wrong, { code: 1, stderr: /AADSTS7000215/ })
  const az = await startAz(t, relay.caFile, {
    ARM_CLOUD_METADATA_URL: `${ready.arm.url}/metadata/endpoints?api-version=2019-05-01`,
  })
  t.match(await az.good('cloud', 'list'), [{ name: 'Emulator' }])
})

test('a Reader gets the refusal of Azure from az, and finds its subscription', async (t) => {
  if (!hasProgram(t, 'az')) return
  const relay = await startRelay(t, {
    configuration: {
      identity: { servicePrincipals: [{ name: 'reader', roles: ['Reader'] }] },
    },
  })
  const az = await signedIn(t, relay)
  const rule = `/subscriptions/${relay.server.arm.subscriptionId}/resourceGroups/relay-emulator/providers/Microsoft.Relay/namespaces/local-relay/hybridConnections/demo/authorizationRules/defaultSender`
  const rest = (method: string, path: string) =>
    az('rest', '--method', method, '--url', `${path}?api-version=2021-11-01`)
  const subscription = ['--subscription', relay.server.arm.subscriptionId]
  const [keys, shown, provider, accounts, set] = await Promise.all([
    rest('post', `${rule}/listKeys`),
    rest('get', rule),
    az('provider', 'show', '-n', 'Microsoft.Relay'),
    az('account', 'list', '--refresh'),
    az('account', 'set', ...subscription),
  ])
  t.match(keys, { code: 1, stderr: /AuthorizationFailed/ })
  t.match(shown.json, { name: 'defaultSender' })
  t.match(provider.json, { registrationState: 'Registered' })
  t.equal(set.code, 0, set.stderr)
  t.match(accounts.json, [{ state: 'Enabled' }])
})

test('relay-emulator az uses a folder of its own, and signs in once', async (t) => {
  if (!hasProgram(t, 'az')) return
  const dataDir = t.testdir({})
  const { env } = await startCli(t, ['--data-dir', dataDir])
  const az = (...args: string[]) => runCli(['az', '--data-dir', dataDir, '--', ...args], { env })
  const created = await az('group', 'create', '-n', 'rg1', '-l', 'westus2')
  t.equal(created.code, 0, created.stderr)
  const shown = await az('group', 'show', '-n', 'none')
  t.match(shown, { code: 3, stderr: /ResourceGroupNotFound/ })
})
