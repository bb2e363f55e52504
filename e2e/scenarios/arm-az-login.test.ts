import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { t as file, test } from 'tap'
import { AZ_TIMEOUT_MS, signedIn, startAz } from '../harness/az.ts'
import { CLI, runCli, startCli } from '../harness/cli.ts'
import { startRelay } from '../harness/relay.ts'
import { hasProgram } from '../harness/require-program.ts'

file.setTimeout(AZ_TIMEOUT_MS)

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
  const attachment = `/subscriptions/${relay.server.arm.subscriptionId}/resourceGroups/relay-emulator/providers/Microsoft.Web/sites/web1/hybridConnectionNamespaces/local-relay/relays/demo`
  const [keys, attached, shown, provider] = await Promise.all([
    rest('post', `${rule}/listKeys`),
    rest('put', attachment),
    rest('get', rule),
    az('provider', 'show', '-n', 'Microsoft.Relay'),
  ])
  // Both write the file of subscriptions, which every az reads.
  const accounts = await az('account', 'list', '--refresh')
  const set = await az('account', 'set', ...subscription)
  t.match(keys, { code: 1, stderr: /AuthorizationFailed/ })
  t.match(attached, { code: 1, stderr: /AuthorizationFailed.*relays\/write/ })
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

/** Starts the emulator, and runs az against it when it is ready. */
const ALONE = `
const { spawn, spawnSync } = require('node:child_process')
const [cli, dataDir] = process.argv.slice(1)
const start = [cli, 'start', '--data-dir', dataDir, '--log-format', 'json']
const server = spawn(process.execPath, start, { stdio: ['ignore', 'pipe', 'inherit'] })
server.stdout.setEncoding('utf8').on('data', (text) => {
  if (!text.includes('"msg":"ready"')) return
  console.log(Object.keys(require('node:os').networkInterfaces()).join())
  const az = (...words) =>
    spawnSync(process.execPath, [cli, 'az', '--data-dir', dataDir, '--', ...words], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }).status
  az('group', 'create', '-n', 'rg1', '-l', 'westus2', '--query', 'name')
  process.exitCode = az('resource', 'list', '-g', 'relay-emulator', '--query', '[].name', '-o', 'tsv')
  server.kill()
})
`

test('az needs nothing but the emulator: it works where there is no network beside loopback', async (t) => {
  if (!hasProgram(t, 'az')) return
  const isolated = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])]
  const up = 'ip link set lo up && exec "$@"'
  const { status } = spawnSync('unshare', [...isolated, 'sh', '-c', up, 'sh', 'true'])
  if (status !== 0)
    return void t.pass('skipped: this machine gives no network of its own', { skip: true })
  const words = [process.execPath, '-e', ALONE, CLI, t.testdir({})]
  const child = spawn('unshare', [...isolated, 'sh', '-c', up, 'sh', ...words], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  t.equal(code, 0, stderr.slice(-500))
  t.same(stdout.split('\n'), ['lo', '"rg1"', 'local-relay', ''])
})
