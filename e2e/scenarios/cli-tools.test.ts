import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { rootCertificates } from 'node:tls'
import { test } from 'tap'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { CLI, launch, runCli, startCli } from '../harness/cli.ts'

const CONFIG = `version: 1
port: 1234
namespaces:
  - name: contoso
    hosts: [relay.local]
    hybridConnections:
      - name: sql
        authorizationRules: [{ name: defaultListener, rights: [Listen] }, { name: defaultSender, rights: [Send] }]
`

test('token create prints a token that opens a listener, with the key from a file or the arguments', async (t) => {
  const { ready } = await startCli(t)
  const connect = ready.namespaces[0]?.hybridConnections[0]?.listenConnectionString ?? ''
  for (const options of [
    { args: ['--connect', connect] },
    { args: ['--connect-file', '-', '--ttl', '10m'], stdin: `${connect}\n` },
  ]) {
    const { code, stdout, stderr } = await runCli(['token', 'create', ...options.args], options)
    t.match({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, /^SharedAccessSignature \S+\n$/, 'nothing but the token')
    const listener = new WebSocket(
      `ws://localhost:${ready.relay.plainPort}/$hc/demo?sb-hc-action=listen`,
      {
        headers: { ServiceBusAuthorization: stdout.trim() },
      },
    )
    await once(listener, 'open')
    listener.terminate()
  }
})

test('token inspect explains offline, and with an emulator gives a verdict per action', async (t) => {
  const { env, ready } = await startCli(t)
  const connect = ready.namespaces[0]?.hybridConnections[0]?.listenConnectionString ?? ''
  const token = (await runCli(['token', 'create', '--connect', connect])).stdout.trim()

  const offline = await runCli(['token', 'inspect', token], {
    env: { RELAY_EMULATOR_ADMIN_URL: '' },
  })
  t.match(offline, { code: 0, stdout: /defaultListener/ })

  const judged = await runCli(['token', 'inspect', '-', '-o', 'json'], { env, stdin: token })
  const verdicts = JSON.parse(judged.stdout).verdicts as {
    hybridConnection: string
    action: string
  }[]
  const of = (action: string) =>
    verdicts.find((each) => each.hybridConnection === 'local-relay/demo' && each.action === action)
  t.match(of('listen'), { ok: true })
  t.match(of('send'), { ok: false, code: 'AuthorizationFailed' })

  const byKey = await runCli([
    'token',
    'inspect',
    token,
    '--connect',
    connect.replace('demo', 'other'),
  ])
  t.match(byKey, { code: 0, stdout: /refused with InvalidAudience/ })
  t.notOk(byKey.stdout.includes(/SharedAccessKey=([^;]+)/.exec(connect)?.[1] ?? 'none'))
  t.match(await runCli(['token', 'inspect', 'nonsense'], { env }), {
    code: 1,
    stdout: /MalformedToken/,
  })
})

test('connection-string asks the emulator, also for keys made at run time', async (t) => {
  const { env, ready } = await startCli(t)
  const rule = `${ready.admin.url}/api/v1/namespaces/local-relay/hybridConnections/a%2Fb`
  const put = (url: string, body: object) =>
    fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  t.ok((await put(rule, {})).ok)
  t.ok((await put(`${rule}/authorizationRules/mine`, { rights: ['Send'] })).ok)
  const { code, stdout } = await runCli(
    ['connection-string', 'LOCAL-relay/a/b', '--rule', 'MINE', '-o', 'json'],
    { env },
  )
  t.equal(code, 0)
  t.match(JSON.parse(stdout), [
    {
      host: 'local',
      rights: ['Send'],
      connectionString: `Endpoint=sb://localhost:${ready.relay.port}/;`,
    },
    {
      host: 'azure',
      connectionString:
        /^Endpoint=sb:\/\/local-relay\.servicebus\.windows\.net\/;.*;EntityPath=a\/b$/,
    },
  ])
  const missing = await runCli(['connection-string', 'local-relay/none'], { env })
  t.match(missing, {
    code: 1,
    stdout: '',
    stderr: /no local-relay\/none\n {2}try: .*local-relay\/demo/,
  })
})

test('with none running, connection-string reads configuration and data folder', async (t) => {
  const folder = t.testdir({ 'c.yaml': CONFIG, data: {} })
  const config = join(folder, 'c.yaml')
  const dataDir = join(folder, 'data')
  const running = await startCli(t, ['--config', config, '--data-dir', dataDir])
  const url = `${running.ready.admin.url}/api/v1/namespaces/contoso/hybridConnections/later`
  await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' })
  const ask = ['connection-string', 'contoso', '-o', 'json']
  const online = JSON.parse((await runCli(ask, { env: running.env })).stdout)
  await running.stop()

  const args = [...ask, '--config', config, '--data-dir', dataDir]
  const offline = await runCli(args)
  t.match(offline, { code: 0, stderr: '' })
  t.match(offline.stdout, /localhost:1234.*relay\.local:1234/s)
  const { port } = running.ready.relay
  t.same(
    JSON.parse(offline.stdout.replaceAll(':1234/', `:${port}/`)),
    online,
    'the same as of the running one',
  )

  const gone = await runCli([...args, '--admin', running.ready.admin.url])
  t.match(gone, { code: 0, stdout: offline.stdout }, 'so too when --admin names the one that ended')

  const random = await runCli(args, { env: { RELAY_EMULATOR_RANDOM_KEYS: 'true' } })
  t.match(random, { code: 3, stdout: '', stderr: /random-keys.*\n {2}try: relay-emulator start/ })
})

test('status shows listeners and connections, and JSON for scripts', async (t) => {
  const { env, ready } = await startCli(t)
  t.match(await runCli(['status'], { env }), { code: 0, stdout: /0 listeners\n\n0 connections\n$/ })
  const listener = await listen(t, ready)
  const { stdout } = await runCli(['status'], { env })
  t.match(
    stdout,
    /1 listener\nID +HYBRID CONNECTION.*\n\S+ +local-relay\/demo +127\.0\.0\.1:\d+ +defaultListener/,
  )
  const json = JSON.parse((await runCli(['status', '-o', 'json'], { env })).stdout)
  t.match(json, {
    overview: { seed: ready.seed },
    listeners: [{ rule: 'defaultListener' }],
    connections: [],
  })
  listener.terminate()
})

test('tail follows the feed and sees an event as it happens', async (t) => {
  const { env, ready } = await startCli(t)
  const following = launch(['tail', '-o', 'json', '--after', '0'], { env })
  t.teardown(() => following.stop())
  const listener = await listen(t, ready)
  t.match(JSON.parse(await following.line('listenerConnected')), {
    type: 'listenerConnected',
    namespace: 'local-relay',
    hybridConnection: 'demo',
  })
  listener.terminate()
  await following.line('listenerDisconnected')
  const { code, stdout } = await runCli(['tail', '--no-follow'], { env })
  t.match({ code, stdout }, { code: 0, stdout: /info +listenerConnected local-relay\/demo/ })
})

test('env sets variables by which this machine trusts and finds the emulator', async (t) => {
  const folder = t.testdir({})
  const { env, ready } = await startCli(t)
  const { code, stdout } = await runCli(['env', '--shell', 'posix', '--data-dir', folder], { env })
  t.equal(code, 0)
  const variables = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>
  t.match(variables, {
    RELAY_EMULATOR_ADMIN_URL: ready.admin.url,
    RELAY_CONNECTION_STRING: ready.namespaces[0]?.connectionString,
    RELAY_LISTEN_CONNECTION_STRING_DEMO:
      ready.namespaces[0]?.hybridConnections[0]?.listenConnectionString,
  })
  const ca = readFileSync(ready.caFile ?? '', 'utf8')
  t.equal(readFileSync(variables.NODE_EXTRA_CA_CERTS ?? '', 'utf8'), ca)
  const bundle = readFileSync(variables.SSL_CERT_FILE ?? '', 'utf8')
  t.equal(bundle.match(/BEGIN CERTIFICATE/g)?.length, rootCertificates.length + 1)
  const script = `fetch('https://localhost:${ready.relay.port}/').then(({ status }) => console.log(status))`
  const trusting = await runCli(['exec', '--', process.execPath, '-e', script], {
    env: { ...env, ...variables },
  })
  t.match(trusting.stdout, /^2\d\d\n$/)
})

test('cert prints CA and bundle of the running emulator and of a data folder', async (t) => {
  const folder = t.testdir({})
  const running = await startCli(t, ['--data-dir', folder])
  const pem = readFileSync(join(folder, 'ca.pem'), 'utf8')
  t.equal((await runCli(['cert', 'ca'], { env: running.env })).stdout, pem)
  await running.stop()
  t.equal((await runCli(['cert', 'ca', '--data-dir', folder])).stdout, pem)

  const out = join(folder, 'bundle.pem')
  t.match(await runCli(['cert', 'bundle', '--data-dir', folder, '--out', out]), {
    code: 0,
    stdout: '',
  })
  t.ok(readFileSync(out, 'utf8').endsWith(pem))

  const trust = await runCli(['cert', 'trust', '--data-dir', folder])
  t.ok(trust.stdout.includes(`NODE_EXTRA_CA_CERTS=${join(folder, 'ca.pem')}`), trust.stdout)
  t.match(await runCli(['cert', 'untrust', '--data-dir', folder]), {
    code: 0,
    stdout: /unset NODE_EXTRA_CA_CERTS/,
  })

  const renewed = await runCli(['cert', 'renew', '--host', 'relay.internal', '--data-dir', folder])
  t.match(
    renewed,
    { code: 0, stdout: /DNS:relay\.internal/, stderr: /Trust it again/ },
    'the CA may not vouch for others',
  )
  t.ok(new X509Certificate(readFileSync(join(folder, 'leaf.pem'))).checkHost('relay.internal'))
  t.match(await runCli(['cert', 'ca', '--data-dir', join(folder, 'none')]), {
    code: 3,
    stderr: /try: relay-emulator start/,
  })
})

test('the CA of an emulator in memory is copied before commands name it', async (t) => {
  const folder = t.testdir({})
  const { env, ready } = await startCli(t)
  const { stdout } = await runCli(['cert', 'trust'], {
    env: { ...env, RELAY_EMULATOR_DATA_DIR: folder },
  })
  const file = /NODE_EXTRA_CA_CERTS=(\S+)/.exec(stdout)?.[1] ?? ''
  t.equal(dirname(dirname(file)), folder)
  t.equal(readFileSync(file, 'utf8'), readFileSync(ready.caFile ?? '', 'utf8'))
  t.match(stdout, `https://localhost:${ready.relay.port}/`, 'the port it really has')
})

test('config validate points at line and column, config schema prints the schema', async (t) => {
  const folder = t.testdir({
    'good.yaml': CONFIG,
    'bad.yaml': `${CONFIG}      - { nam: web }\n`,
    empty: {},
  })
  const good = await runCli(['config', 'validate', 'good.yaml'], { cwd: folder })
  t.match(good, { code: 0, stdout: /good\.yaml is valid: 1 namespace, 1 hybrid connection\n/ })
  const bad = await runCli(['config', 'validate', 'bad.yaml'], { cwd: folder })
  t.match(bad, { code: 2, stdout: '', stderr: /\n\S*bad\.yaml:9:\d+ .*nam.*did you mean name/ })
  t.match(await runCli(['config', 'validate', 'none.yaml'], { cwd: folder }), {
    code: 2,
    stderr: /none\.yaml/,
  })
  t.match(await runCli(['config', 'validate'], { cwd: join(folder, 'empty') }), {
    code: 2,
    stderr: /try: /,
  })
  t.match(JSON.parse((await runCli(['config', 'schema'])).stdout), { additionalProperties: false })
})

test('without an emulator, tools exit with 3 and say what to do', async (t) => {
  for (const args of [
    ['status'],
    ['tail'],
    ['env'],
    ['cert', 'ca', '--admin', 'http://127.0.0.1:3'],
  ])
    t.match(await runCli(args), {
      code: 3,
      stdout: '',
      stderr:
        /^relay-emulator: cannot reach an emulator at http:\/\/127\.0\.0\.1:3: connection refused\n {2}try: relay-emulator start/,
    })
})

test('what is no emulator is told from one', async (t) => {
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const admin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.match(await runCli(['status', '--admin', admin]), {
    code: 3,
    stderr: /is not this emulator's admin port/,
  })
})

test("the relay's own ports, taken for the admin port, are told as what they are not", async (t) => {
  // product 3: exit code 3, and no advice to set a token that would not help
  const { ready } = await startCli(t)
  const plain = await runCli(['status', '--admin', `http://127.0.0.1:${ready.relay.plainPort}`])
  t.match(plain, { code: 3, stderr: /is not this emulator's admin port/ })
  const tls = await runCli(['status', '--admin', `http://127.0.0.1:${ready.relay.port}`])
  t.match(tls, { code: 3, stderr: /it ended the connection, as a port with TLS does/ })
})

test('an admin port with a token refuses tools without it, exit 4, and takes those that have it', async (t) => {
  const token = 'tell-nobody'
  const { env } = await startCli(t, [], { env: { RELAY_EMULATOR_ADMIN_TOKEN: token } })
  const refused = await runCli(['status'], { env })
  t.match(refused, { code: 4, stdout: '', stderr: /try: RELAY_EMULATOR_ADMIN_TOKEN/ })
  const wrong = await runCli(['status'], { env: { ...env, RELAY_EMULATOR_ADMIN_TOKEN: 'wrong' } })
  t.equal(wrong.code, 4)
  t.equal(
    (await runCli(['status'], { env: { ...env, RELAY_EMULATOR_ADMIN_TOKEN: token } })).code,
    0,
  )
})

test('wrong usage is exit code 2 with a suggestion and the help to read', async (t) => {
  for (const [args, words] of [
    [
      ['stat'],
      /unknown command 'stat'\n\(Did you mean .*start.*\)\n {2}try: relay-emulator --help/,
    ],
    [['nonsense'], /unknown command 'nonsense'\n {2}try: relay-emulator --help/],
    [
      ['start', '--prot', '1'],
      /unknown option '--prot'\n\(Did you mean --port\?\)\n {2}try: relay-emulator start --help/,
    ],
    [['status', '-o', 'xml'], /argument 'xml' is invalid/],
    [['status', 'now'], /too many arguments/],
    [['tail', '--after', 'x'], /--after must be a whole number/],
    [['token', 'create', '--connect', 'x', '--connect-file', 'y'], /both given/],
    [['token', 'create', '--connect', 'Endpoint=hc://x/'], /BizTalk/],
    [['status', '--admin', 'ftp://x'], /not an http or https URL/],
    [[], /Usage: relay-emulator/],
  ] as const)
    t.match(await runCli(args), { code: 2, stdout: '', stderr: words }, args.join(' '))
})

test('help and version are exit code 0 and touch no file', async (t) => {
  const folder = t.testdir({})
  t.match(await runCli(['--help'], { cwd: folder }), {
    code: 0,
    stderr: '',
    stdout: /connection-string/,
  })
  t.match(await runCli(['start', '--help'], { cwd: folder }), {
    code: 0,
    stdout: /--plain-port.*RELAY_EMULATOR_PLAIN_PORT/s,
  })
  t.match(await runCli(['--version'], { cwd: folder }), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
  t.notOk(existsSync(join(folder, 'relay-emulator')))
})

test(
  'a reader that goes away ends a command quietly',
  { skip: process.platform === 'win32' && 'no head' },
  async (t) => {
    const { env } = await startCli(t)
    const following = launch(['tail', '--after', '0'], { env })
    following.closeStdout()
    await runCli(['connection-string'], { env })
    t.match(await following.ended, { code: 0, signal: null, stderr: '' })
  },
)

test('the program runs through the link that npm makes in node_modules/.bin', async (t) => {
  const folder = t.testdir({ 'relay-emulator': t.fixture('symlink', CLI) })
  const outcome = await runCli(['--version'], { cli: join(folder, 'relay-emulator') })
  t.match(outcome, { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
})

type Ready = Awaited<ReturnType<typeof startCli>>['ready']

/** An open control channel of local-relay/demo. */
async function listen(t: Test, ready: Ready): Promise<WebSocket> {
  const connect = ready.namespaces[0]?.hybridConnections[0]?.listenConnectionString ?? ''
  const { stdout } = await runCli(['token', 'create', '--connect', connect])
  const url = `ws://localhost:${ready.relay.plainPort}/$hc/demo?sb-hc-action=listen`
  const listener = new WebSocket(url, { headers: { ServiceBusAuthorization: stdout.trim() } })
  t.teardown(() => listener.terminate())
  await once(listener, 'open')
  return listener
}
