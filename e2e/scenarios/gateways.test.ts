import { spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import process from 'node:process'
import { type Test, test } from 'tap'
import { createListener, createSender } from '../../client/index.ts'
import type { Diagnosis } from '../../console/diagnosis.ts'
import { stampOfGateway } from '../../protocol/gateway-names.ts'
import { ROOT, runCli, startCli } from '../harness/cli.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { entityWith, startAgent, startEndpoint, stringsOf } from '../harness/agent.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

const STAMP = 'dm3-010'
const NAMESPACE = 'contoso.servicebus.localhost'
const WILDCARD = '*.servicebus.localhost'

/** A relay that hands out gateways, with a namespace beside the one that is used: its name alone tells which is meant. */
function startGatewayRelay(t: Test): Promise<TestRelay> {
  return startRelay(t, {
    configuration: {
      network: { gateways: true, stamp: STAMP },
      limits: { acceptTimeoutMs: 1_500 },
      namespaces: [
        { name: 'fabrikam' },
        {
          name: 'contoso',
          hybridConnections: [entityWith('sql', { endpoint: 'db.example:5432' })],
        },
      ],
    },
  })
}

/** The names as an administrator would import them, below the domain that leads to this machine. */
async function allGateways(): Promise<string> {
  const { stdout } = await runCli(['gateways', 'list', '--stamp', STAMP, '-o', 'txt'])
  return stdout.trim().replaceAll('.windows.net', '.localhost').replaceAll('\n', ',')
}

/** The firewall of the compose story, which lets out what `allows`; the connection strings through it. */
async function startFirewall(t: Test, relay: TestRelay, allows: string) {
  const child = spawn(process.execPath, [join(ROOT, 'examples/compose/firewall.mjs')], {
    env: {
      PATH: process.env['PATH'],
      FIREWALL_ALLOWS: allows,
      FIREWALL_LISTEN: '127.0.0.1:0',
      FIREWALL_TO: `127.0.0.1:${relay.port}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill()
    await ended
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const [first] = (await once(reader, 'line')) as [string]
  const port = /port (\d+)/.exec(first)?.[1] ?? ''
  const { listen, send } = stringsOf(relay, 'sql')
  const through = (text: string) => text.replace(/sb:\/\/[^/]+\//, `sb://${NAMESPACE}:${port}/`)
  return { port, listen: through(listen), direct: send, lines }
}

test('with gateways on, a listener dials one of 256 names for each sender and request', async (t) => {
  const relay = await startGatewayRelay(t)
  const { listen, send } = stringsOf(relay, 'sql')
  const listener = createListener({ connectionString: listen, ca: relay.caPem })
  t.teardown(() => listener.close())
  listener.on('connection', (stream) => stream.pipe(stream))
  await listener.online()
  const sender = createSender({ connectionString: send, ca: relay.caPem })
  t.teardown(() => sender.close())
  const hosts = new Set<string>()
  for (let round = 0; round < 8; round++) {
    const fact = factOf(relay, 'acceptSent', relay.server.feed.last)
    const stream = await sender.connect()
    hosts.add(/ at (\S+)$/.exec((await fact).message)?.[1] ?? '')
    stream.end(`round ${round}`)
    let echoed = ''
    for await (const chunk of stream) echoed += String(chunk)
    t.equal(echoed, `round ${round}`)
  }
  t.ok(hosts.size > 4, `${hosts.size} gateways`)
  for (const host of hosts) {
    t.equal(stampOfGateway(host.replace(/:\d+$/, '')), STAMP, host)
    t.ok(host.endsWith(`-sb.servicebus.localhost:${relay.port}`), host)
  }
})

test("a firewall that allows the namespace's name alone: connected, every tunnel fails, explain names the gateway", async (t) => {
  const relay = await startGatewayRelay(t)
  const firewall = await startFirewall(t, relay, NAMESPACE)
  const agent = await startAgent(t, relay)
  t.match(await agent.add(firewall.listen), { Status: 'Connected', Endpoint: 'db.example:5432' })
  const sender = createSender({ connectionString: firewall.direct, ca: relay.caPem })
  t.teardown(() => sender.close())
  for (let attempt = 0; attempt < 2; attempt++) {
    await t.rejects(sender.connect(), { code: 'RELAY_ACCEPT_TIMEOUT', status: 404 })
  }
  t.match(await agent.logged('-prod-dm3-010-sb.servicebus.localhost'), /cannot be reached/)
  t.match(firewall.lines.join('\n'), /^blocked gv?\d+-prod-dm3-010-sb\.servicebus\.localhost$/m)
  t.match(await agent.list(), [{ Status: 'Connected' }])

  const explained = await runCli(['explain', 'contoso/sql', '-o', 'json'], {
    env: { RELAY_EMULATOR_ADMIN_URL: relay.adminUrl, RELAY_EMULATOR_CA: relay.caFile },
  })
  const { broken } = JSON.parse(explained.stdout) as Diagnosis
  t.equal(explained.code, 1)
  t.match(broken, {
    hop: 'rendezvous address',
    why: /GV?\d+-prod-dm3-010-sb\.servicebus\.localhost/,
    next: [/gateways list/],
  })
})

for (const [what, more] of [
  ['all 256 names', allGateways],
  ['the wildcard', () => WILDCARD],
] as const) {
  test(`a firewall that allows ${what}: tunnels work`, async (t) => {
    const relay = await startGatewayRelay(t)
    const firewall = await startFirewall(t, relay, `${NAMESPACE},${await more()}`)
    const port = await startEndpoint(t, (socket) => socket.pipe(socket))
    const agent = await startAgent(t, relay, {
      args: ['--connect-to', `db.example:5432:127.0.0.1:${port}`],
    })
    t.match(await agent.add(firewall.listen), { Status: 'Connected' })
    const sender = createSender({ connectionString: firewall.direct, ca: relay.caPem })
    t.teardown(() => sender.close())
    const stream = await sender.connect()
    stream.end('through the firewall')
    let echoed = ''
    for await (const chunk of stream) echoed += String(chunk)
    t.equal(echoed, 'through the firewall')
    t.notMatch(firewall.lines.join('\n'), /blocked/)
  })
}

test('the name service shows the stamp of each namespace, and follows the configuration', async (t) => {
  const relay = await startRelay(t, {
    dnsPort: 0,
    configuration: { network: { stamp: STAMP }, namespaces: [{ name: 'contoso' }] },
  })
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${relay.server.dnsPort}`])
  const stampOf = (name: string) => resolver.resolveCname(`${name}.servicebus.windows.net`)
  t.strictSame(await stampOf('contoso'), ['ns-sb2-prod-dm3-010.cloudapp.net'])
  t.strictSame(await resolver.resolve4('contoso.servicebus.windows.net'), ['127.0.0.1'])
  await t.rejects(stampOf('fabrikam'), { code: 'EREFUSED' })
  await callAdmin(relay, 'PUT', 'namespaces/fabrikam', {})
  t.strictSame(await stampOf('fabrikam'), ['ns-sb2-prod-dm3-010.cloudapp.net'])
})

test('a program under exec is led to the emulator by the names of gateways too', async (t) => {
  const { env } = await startCli(t, [], {
    env: { RELAY_EMULATOR_NETWORK_GATEWAYS: 'true', RELAY_EMULATOR_NETWORK_STAMP: STAMP },
  })
  const program = `
    import { createListener, createSender } from 'relay-emulator/client'
    const listen = process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
    const connectionString = listen.replace(/sb:.*?;/, 'sb://local-relay.servicebus.windows.net/;')
    const listener = createListener({ connectionString })
    listener.on('connection', (stream) => stream.pipe(stream))
    await listener.online()
    const sender = createSender({ connectionString: process.env.RELAY_SEND_CONNECTION_STRING_DEMO })
    const stream = await sender.connect()
    stream.end('by a gateway')
    for await (const chunk of stream) process.stdout.write(chunk)
    await sender.close()
    await listener.close()`
  const command = [process.execPath, '--input-type=module', '-e', program]
  const outcome = await runCli(['exec', '--', ...command], { env })
  t.match(outcome, { code: 0, stdout: 'by a gateway' })
  const { stdout } = await runCli(['tail', '--no-follow', '--after', '0', '-o', 'json'], { env })
  t.match(stdout, /"offered to [^"]* at GV?\d+-prod-dm3-010-sb\.servicebus\.windows\.net"/)
})

test('gateways list prints 256 names in four forms, and refuses what is no stamp', async (t) => {
  const list = async (...args: string[]) => runCli(['gateways', 'list', ...args])
  const { stdout, code } = await list('--stamp', STAMP, '-o', 'txt')
  t.equal(code, 0)
  t.equal(stdout.trimEnd().split('\n').length, 256)
  t.match(stdout, /^G0-prod-dm3-010-sb\.servicebus\.windows\.net\n/)
  const csv = (await list('--stamp', STAMP, '-o', 'csv')).stdout.trimEnd().split('\n')
  t.strictSame(
    [csv.length, csv[0], csv[256]],
    [257, 'name,protocol,port', 'GV127-prod-dm3-010-sb.servicebus.windows.net,TCP,443'],
  )
  const configured = await runCli(['gateways', 'list', '-o', 'json'], {
    env: { RELAY_EMULATOR_NETWORK_STAMP: 'bn-vaz0001' },
  })
  t.match(JSON.parse(configured.stdout), [{ name: 'G0-prod-bn-vaz0001-sb.servicebus.windows.net' }])
  t.match(await list('--stamp', 'a.b'), {
    code: 2,
    stderr: /"a\.b" is no stamp.*\n.*try: nslookup/,
  })
})
