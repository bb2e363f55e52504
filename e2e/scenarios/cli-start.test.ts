import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import https from 'node:https'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import WebSocket from 'ws'
import { mintSasToken } from '../../protocol/index.ts'
import { launch, runCli, startCli } from '../harness/cli.ts'

const IS_WINDOWS = process.platform === 'win32'
const NO_SIGNALS = IS_WINDOWS && 'Windows has no signals'

test('start tells everything in one line of JSON and the same in the ready file (product 3)', async (t) => {
  const file = join(t.testdir({}), 'ready.json')
  const { ready, pid, stdout, stderr } = await startCli(t, ['--ready-file', file, '--seed', '7'])
  const written = JSON.parse(readFileSync(file, 'utf8'))
  t.match(ready, written)
  t.same(Object.keys(written), ['pid', 'relay', 'admin', 'arm', 'caFile', 'seed', 'namespaces'])
  t.match(written, {
    pid,
    seed: 7,
    arm: { url: /^https:\/\/localhost:\d+$/ },
    relay: { host: '127.0.0.1', port: Number, plainPort: Number },
  })
  t.match(written.namespaces, [
    {
      name: 'local-relay',
      host: 'localhost',
      connectionString: `Endpoint=sb://localhost:${ready.relay.port}/;SharedAccessKeyName=RootManageSharedAccessKey;`,
      hybridConnections: [
        {
          name: 'demo',
          listenConnectionString: 'SharedAccessKeyName=defaultListener;',
          sendConnectionString: 'SharedAccessKeyName=defaultSender;',
        },
        { name: 'open' },
      ],
    },
  ])
  if (!IS_WINDOWS) t.equal(statSync(file).mode & 0o077, 0, "keys are nobody else's to read")
  t.same(
    stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).level),
    [30],
    'every line is JSON',
  )
  t.equal(stderr(), '')
})

test('every port accepts connections once the ready file is there', async (t) => {
  const { ready } = await startCli(t)
  const { port, plainPort } = ready.relay
  for (const each of [port, plainPort ?? 0, Number(new URL(ready.admin.url).port)]) {
    const socket = net.connect(each, '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
  }
  const ca = readFileSync(ready.caFile ?? '')
  const [response] = await once(
    https.get(`https://localhost:${port}/`, { ca, agent: false }),
    'response',
  )
  response.resume()
  t.match(response.statusCode, /^2/, 'as the line to try with curl says')
})

test('for people the block shows URLs, all connection strings, CA, seed and lines to try', async (t) => {
  const folder = t.testdir({
    'relay-emulator.yaml': `version: 1
namespaces:
  - name: contoso
    hosts: [relay.local]
    hybridConnections:
      - { name: sql, userMetadata: { endpoint: "db.corp.local:5432" } }
      - { name: web/hooks, requiresClientAuthorization: false, authorizationRules: [{ name: only, rights: [Send] }] }
  - name: fabrikam
`,
  })
  const args = [
    'start',
    '--port',
    '0',
    '--plain-port',
    'off',
    '--admin-port',
    '0',
    '--arm-port',
    '0',
    '--in-memory',
    '--log-format',
    'pretty',
  ]
  const running = launch(args, { cwd: folder, env: { NO_COLOR: '1' } })
  t.teardown(() => running.stop())
  await running.line('exec')
  const text = running.stdout()
  const port = /sb:\/\/localhost:(\d+)\//.exec(text)?.[1]
  const strings = text.match(/Endpoint=sb:\/\/\S+/g) ?? []
  for (const host of [`localhost:${port}`, `relay.local:${port}`, 'contoso.servicebus.windows.net'])
    for (const entity of ['sql', 'web/hooks'])
      t.ok(
        strings.some(
          (each) =>
            each.startsWith(`Endpoint=sb://${host}/;`) && each.endsWith(`;EntityPath=${entity}`),
        ),
        `${host} ${entity}`,
      )
  for (const part of [
    /db\.corp\.local:5432/,
    /seed, profile +\d+, 2025/,
    /ca\.pem/,
    /cert trust/,
    /relay-emulator status --admin/,
  ])
    t.match(text, part)
  t.match(text, /Warning: fabrikam\.servicebus\.localhost .* may need a hosts entry/)
  // oxlint-disable-next-line no-control-regex -- colours are escape sequences
  t.notMatch(text, /\u001b/, 'NO_COLOR is honoured')
})

test(
  'SIGTERM ends it with 0, control channels with 1001, and nothing stays behind',
  { skip: NO_SIGNALS },
  async (t) => {
    const folder = t.testdir({})
    const running = await startCli(t, [], { env: { TMPDIR: folder } })
    const listener = connectListener(running.ready.relay.plainPort ?? 0)
    await once(listener, 'open')
    t.ok(existsSync(running.ready.caFile ?? ''))
    running.signal('SIGTERM')
    const [code] = await once(listener, 'close')
    t.equal(code, 1001)
    t.match(await running.ended, { code: 0, signal: null, stderr: '' })
    t.same(readdirSync(folder), [], 'the temporary CA file is gone')
    const socket = net.connect(running.ready.relay.port, '127.0.0.1')
    await t.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' })
  },
)

test('a second signal ends it at once', { skip: NO_SIGNALS }, async (t) => {
  const running = await startCli(t)
  const { plainPort } = running.ready.relay
  const listener = connectListener(plainPort ?? 0)
  await once(listener, 'open')
  listener.on('message', (data) => {
    const { accept } = JSON.parse((data as Buffer).toString())
    t.teardown(dangle(new WebSocket(accept.address)))
  })
  const sender = new WebSocket(`ws://localhost:${plainPort}/$hc/open?sb-hc-action=connect`)
  t.teardown(dangle(sender))
  await once(sender, 'open')
  running.signal('SIGINT')
  await running.line('stopping')
  running.signal('SIGINT')
  t.match(await running.ended, { code: 130, signal: null }, 'though a tunnel is open')
})

test(
  'SIGHUP reads the configuration again; a bad file changes nothing and is explained',
  { skip: NO_SIGNALS },
  async (t) => {
    const folder = t.testdir({ 'c.yaml': 'version: 1\nnamespaces: [{ name: contoso }]\n' })
    const file = join(folder, 'c.yaml')
    const running = await startCli(t, ['--config', file])
    writeFileSync(
      file,
      'version: 1\nnamespaces: [{ name: contoso, hybridConnections: [{ name: sql }] }]\n',
    )
    running.signal('SIGHUP')
    await running.line('configuration reloaded')
    const { stdout } = await runCli(['connection-string', 'contoso/sql', '-o', 'json'], {
      env: running.env,
    })
    t.match(JSON.parse(stdout), [{ hybridConnection: 'sql' }])
    writeFileSync(file, 'version: 1\nnamespaces: [{ nam: contoso }]\n')
    running.signal('SIGHUP')
    const line = JSON.parse(await running.line('the old one stays in force'))
    t.match(line.problems.join('\n'), /c\.yaml:2:\d+ .*nam/)
    t.match(await runCli(['connection-string', 'contoso/sql'], { env: running.env }), { code: 0 })
  },
)

test(
  'a peer that resets its connection, which raises SIGPIPE, does not stop it',
  { skip: NO_SIGNALS },
  async (t) => {
    const running = await startCli(t)
    running.signal('SIGPIPE')
    running.signal('SIGHUP')
    await running.line('configuration reloaded')
    const { code } = await runCli(['status'], { env: running.env })
    t.equal(code, 0)
  },
)

test('when the reader of its log goes away it ends in order', { skip: NO_SIGNALS }, async (t) => {
  const folder = t.testdir({})
  const running = await startCli(t, [], { env: { TMPDIR: folder } })
  running.closeStdout()
  running.signal('SIGHUP')
  t.match(await running.ended, { code: 0, signal: null, stderr: '' })
  t.same(readdirSync(folder), [])
})

test('a port in use is exit code 1 with the port', async (t) => {
  const { ready } = await startCli(t)
  const port = String(ready.relay.port)
  const free = ['--plain-port', 'off', '--admin-port', '0', '--arm-port', '0']
  const args = ['start', '--in-memory', '--port', port, ...free]
  t.match(await runCli(args), {
    code: 1,
    stdout: '',
    stderr: new RegExp(
      `^relay-emulator: port ${port} on 127\\.0\\.0\\.1 is in use.*\\n {2}try: relay-emulator status`,
    ),
  })
})

test('a configuration that cannot be used is exit code 2 with line and column', async (t) => {
  const folder = t.testdir({ 'relay-emulator.yaml': 'version: 1\nprot: 1\n' })
  const outcome = await runCli(['start', '--in-memory'], { cwd: folder })
  t.match(outcome, {
    code: 2,
    stdout: '',
    stderr: /relay-emulator\.yaml:2:1 prot: .*port.*\n {2}try: /,
  })
  t.notMatch(outcome.stderr, /\n\s+at /, 'no stack trace')
  t.match(await runCli(['start', '--port', 'x']), { code: 2, stderr: /--port must be a port/ })
  t.match(await runCli(['start'], { env: { RELAY_EMULATOR_PORT: 'x' } }), {
    code: 2,
    stderr: /RELAY_EMULATOR_PORT/,
  })
})

test('the CA of a data folder stays the same, so that it is trusted once', async (t) => {
  const folder = t.testdir({})
  const first = await startCli(t, ['--data-dir', folder])
  t.equal(first.ready.caFile, join(folder, 'ca.pem'))
  const pem = readFileSync(join(folder, 'ca.pem'), 'utf8')
  await first.stop()
  await startCli(t, ['--data-dir', folder])
  t.equal(readFileSync(join(folder, 'ca.pem'), 'utf8'), pem)
  if (!IS_WINDOWS) t.equal(statSync(join(folder, 'ca-key.pem')).mode & 0o777, 0o600)
})

/** A listener of the published rule `defaultListener` would need a key; `open` takes the well-known one. */
function connectListener(port: number): WebSocket {
  const token = mintSasToken({
    resource: 'http://localhost/open',
    keyName: 'RootManageSharedAccessKey',
    key: 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w=',
    expirySeconds: Math.floor(Date.now() / 1000) + 600,
  })
  const url = `ws://localhost:${port}/$hc/open?sb-hc-action=listen`
  return new WebSocket(url, { headers: { ServiceBusAuthorization: token } })
}

/** Lets a socket end however it ends. */
function dangle(socket: WebSocket): () => void {
  socket.on('error', () => undefined)
  return () => socket.terminate()
}
