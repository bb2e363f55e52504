import { join } from 'node:path'
import { type Test, test } from 'tap'
import { GenericContainer, Network, type StartedNetwork, Wait } from 'testcontainers'
import { parseConnectionString } from '../../protocol/connection-string.ts'
import { mintSasToken } from '../../protocol/sas.ts'
import { RelayEmulatorContainer, type StartedRelayEmulatorContainer } from './index.ts'
import { IMAGE, ROOT, docker } from './testing/engine.ts'

const NODE_IMAGE = process.env['RELAY_EMULATOR_NODE_IMAGE'] || 'node:24-bookworm-slim'
/** Its name in Azure; official clients always dial port 443. */
const HOST = 'local-relay.servicebus.windows.net'
const CA_FILE = '/etc/relay-emulator-ca.pem'

type Site = { readonly network: StartedNetwork; readonly relay: StartedRelayEmulatorContainer }

/** The emulator in a network where it has its name in Azure; both end with the test. */
async function startSite(t: Test): Promise<Site> {
  const network = await new Network().start()
  t.teardown(() => network.stop())
  const relay = await new RelayEmulatorContainer(IMAGE)
    .withHybridConnection({ name: 'demo' })
    .withNetwork(network)
    .withNetworkAliases(HOST)
    .start()
  t.teardown(() => relay.stop())
  return { network, relay }
}

/** A container in that network which trusts the emulator and finds the packages of this project. */
function clientContainer({ network, relay }: Site, script: string): GenericContainer {
  return new GenericContainer(NODE_IMAGE)
    .withNetwork(network)
    .withBindMounts(
      ['node_modules', 'e2e/clients'].map((folder) => ({
        source: join(ROOT, folder),
        target: `/app/${folder}`,
        mode: 'ro' as const,
      })),
    )
    .withCopyContentToContainer([{ content: relay.getCaCertificate(), target: CA_FILE }])
    .withEnvironment({ NODE_EXTRA_CA_CERTS: CA_FILE })
    .withWorkingDir('/app')
    .withEntrypoint(['sh', '-c', script])
}

/** Starts a listener that runs until the test is over. The programs end with their standard input. */
async function startListener(t: Test, site: Site, program: string): Promise<void> {
  const uri = `wss://${HOST}:443/$hc/demo?sb-hc-action=listen`
  const words = [`e2e/clients/${program}`, uri, 'defaultListener', keyOf(site, 'defaultListener')]
  const listener = await clientContainer(site, `sleep 600 | node ${quoted(words)}`)
    .withWaitStrategy(Wait.forLogMessage('"event":"listening"'))
    .start()
  t.teardown(() => listener.stop())
  await site.relay.waitForListeners('demo', 1)
}

/** Runs a program to its end and answers what it wrote. */
async function run(t: Test, site: Site, script: string): Promise<string> {
  const client = await clientContainer(site, script)
    .withWaitStrategy(Wait.forOneShotStartup())
    .start()
  t.teardown(() => client.stop())
  return docker('logs', client.getId())
}

function keyOf({ relay }: Site, rule: string): string {
  const string = relay.getConnectionString({ hybridConnection: 'demo', rule })
  return parseConnectionString(string).sharedAccessKey ?? ''
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ')
}

test('unmodified hyco-ws in containers meets at the name and port of Azure', async (t) => {
  const site = await startSite(t)
  await startListener(t, site, 'hyco-ws-listener.mjs')
  const uri = `wss://${HOST}:443/$hc/demo?sb-hc-action=connect`
  const sender = ['e2e/clients/hyco-ws-sender.mjs', uri, 'defaultSender']
  const output = await run(
    t,
    site,
    `node ${quoted([...sender, keyOf(site, 'defaultSender'), 'hello', 'bytes:200000'])}`,
  )
  t.match(output, '"event":"message","text":"hello"')
  t.match(output, '"size":200000')
  t.match(output, '{"event":"closed","code":1000}')
})

test('unmodified hyco-https in a container answers at the name and port of Azure', async (t) => {
  const site = await startSite(t)
  await startListener(t, site, 'hyco-https-app.mjs')
  const token = mintSasToken({
    resource: `http://${HOST}/demo`,
    keyName: 'defaultSender',
    key: keyOf(site, 'defaultSender'),
    expirySeconds: Math.floor(Date.now() / 1000) + 600,
  })
  const words = ['e2e/clients/fetch-sender.mjs', `https://${HOST}/demo/path?q=1`, token, 'hello']
  const output = await run(t, site, `node ${quoted(words)}`)
  t.match(output, /^200 \{"method":"POST","url":"\/demo\/path\?q=1".*"size":5/)
})
