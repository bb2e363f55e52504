import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { openAuthority } from '../../server/tls/authority.ts'
import { RelayEmulatorContainer, type StartedRelayEmulatorContainer } from './index.ts'
import { IMAGE, ROOT, docker } from './testing/engine.ts'
import { fixtureSuite } from './testing/fixture-suite.ts'
import { listen, send } from './testing/peers.ts'

/** A started container that ends with the test. */
async function start(
  t: Test,
  container = new RelayEmulatorContainer(IMAGE),
): Promise<StartedRelayEmulatorContainer> {
  const started = await container.start()
  t.teardown(() => started.stop())
  return started
}

/** Containers of the label, running or not. */
async function leftovers(label: string): Promise<string> {
  return docker('ps', '--all', '--quiet', '--filter', `label=${label}`)
}

test('a relay in a container is what a test needs (product 7)', async (t) => {
  await fixtureSuite(t, await start(t))
})

test('everything that is asked for is there, in whatever order it was asked', async (t) => {
  const folder = t.testdir({})
  const { caPem } = await openAuthority({ dataDir: folder, hosts: [], now: Date.now })
  const key = await readFile(join(folder, 'ca-key.pem'), 'utf8')
  const relay = await start(
    t,
    new RelayEmulatorContainer(IMAGE)
      .withHybridConnection({ name: 'deep/er', namespace: 'fabrikam', endpoint: 'db:5432' })
      .withHybridConnection({ name: 'anyone', requiresClientAuthorization: false })
      .withCertificateAuthority(caPem, key)
      .withSeed(42)
      .withNamespace({
        name: 'contoso',
        authorizationRules: [{ name: 'auditor', rights: ['Listen'], primaryKey: 'mine' }],
      })
      .withNamespace('fabrikam')
      .withConfig('limits: { acceptTimeoutMs: 1000 }\nnamespaces: [{ name: contoso }]'),
  )
  t.equal(relay.getCaCertificate(), caPem)
  t.match(await (await fetch(`${relay.getAdminUrl()}/api/v1/overview`)).json(), { seed: 42 })
  const auditor = { hybridConnection: 'anyone', rule: 'auditor' }
  t.match(parseConnectionString(relay.getConnectionString(auditor)), {
    endpoint: relay.getEndpoint(),
    sharedAccessKey: 'mine',
  })
  t.match(relay.getNamespaceConnectionString('fabrikam'), /^Endpoint=sb:\/\/fabrikam\.servicebus\./)
  const deeper = { hybridConnection: 'deep/er', rule: 'defaultSender' }
  t.match(parseConnectionString(relay.getConnectionString(deeper)), { entityPath: 'deep/er' })
  const api = `${relay.getAdminUrl()}/api/v1/namespaces/fabrikam/hybridConnections/deep%2Fer`
  t.match(await (await fetch(api)).json(), { endpoint: { host: 'db', port: 5432 } })
  t.throws(() => relay.getConnectionString({ hybridConnection: 'demo' }), {
    message: 'no hybrid connection demo; there is anyone, fabrikam/deep/er',
  })

  const undo = relay.trust()
  t.teardown(undo)
  await listen(t, relay, 'anyone')
  t.equal(await send(relay, 'anyone', 'hello'), 'hello')
})

test('a hybrid connection that somebody else made is found', async (t) => {
  const relay = await start(t)
  const path = `${relay.getAdminUrl()}/api/v1/namespaces/local-relay/hybridConnections/other`
  await fetch(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  await relay.waitForListeners('other', 0)
  t.match(relay.getConnectionString({ hybridConnection: 'other' }), /EntityPath=other$/)
  await relay.stop()
  await t.rejects(relay.events(), {
    code: 'RELAY_API_FAILED',
    message: /was its container stopped/,
  })
})

test('an image that is not there is told with those that are', async (t) => {
  const missing = new RelayEmulatorContainer('localhost:1/relay-emulator:nope')
  await t.rejects(missing.start(), {
    code: 'RELAY_IMAGE_MISSING',
    message: new RegExp(`^no image localhost:1/relay-emulator:nope .* there is .*${IMAGE}`),
  })
})

test('a start that fails says why and leaves no container behind', async (t) => {
  const label = `relay-emulator-test=${process.pid}`
  const [name = '', value = ''] = label.split('=')
  const container = () => new RelayEmulatorContainer(IMAGE).withLabels({ [name]: value })
  await t.rejects(container().withConfig({ colour: 'blue' }).start(), { message: /colour/ })
  // The emulator is ready, but nobody told the module the token.
  const guarded = container()
    .withConfig('admin: { token: "${ADMIN_TOKEN}" }')
    .withEnvironment({ ADMIN_TOKEN: 'secret' })
  await t.rejects(guarded.start(), { code: 'RELAY_ADMIN_TOKEN_REQUIRED' })
  const unplaced = container().withHybridConnection({ name: 'x', namespace: 'nope' })
  await t.rejects(unplaced.start(), {
    code: 'RELAY_ENTITY_NOT_FOUND',
    message: /^no namespace nope .* there is local-relay/,
  })
  t.equal(await leftovers(label), '')
})

test('an admin token of the configuration is used', async (t) => {
  const token = 'secret'
  const relay = await start(t, new RelayEmulatorContainer(IMAGE).withConfig({ admin: { token } }))
  t.same(await relay.events(), [])
})

test('the example of a test passes as it stands, with the built package', async (t) => {
  const child = spawn(process.execPath, ['--test', 'examples/testing-container.test.mjs'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      RELAY_EMULATOR_IMAGE: IMAGE,
      TESTCONTAINERS_RYUK_DISABLED: process.env['TESTCONTAINERS_RYUK_DISABLED'],
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  const [code] = (await once(child, 'exit')) as [number]
  t.equal(code, 0, await output)
})
