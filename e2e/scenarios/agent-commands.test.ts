import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  answerOf,
  entityWith,
  HCM,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
} from '../harness/agent.ts'
import { launch } from '../harness/cli.ts'
import { callAdmin } from '../harness/facts.ts'
import { startRelay } from '../harness/relay.ts'

const CONTOSO = (endpoint: string) => ({
  configuration: {
    namespaces: [
      {
        name: 'contoso',
        hybridConnections: [entityWith('sql', { endpoint }), entityWith('a/b', { endpoint })],
      },
    ],
  },
})

test('a hybrid connection is added, listed, shown, restarted and removed (product 5)', async (t) => {
  const relay = await startRelay(t, CONTOSO('db.onprem.example:5432'))
  const agent = await startAgent(t, relay)
  const added = await agent.add(stringsOf(relay, 'sql').listen)
  const { createdAt, updatedAt } = (await callAdmin(
    relay,
    'GET',
    'namespaces/contoso/hybridConnections/sql',
  )) as { createdAt: string; updatedAt: string }
  const expected = {
    Namespace: 'contoso',
    Name: 'sql',
    Endpoint: 'db.onprem.example:5432',
    Status: 'Connected',
    NumberOfListeners: 1,
    ServiceBusEndpoint: `sb://localhost:${relay.port}/`,
    CreatedOn: createdAt,
    LastUpdated: updatedAt,
  }
  t.strictSame(added, expected)
  t.strictSame(await agent.list(), [expected])
  await agent.add(stringsOf(relay, 'a/b').listen)
  for (const words of [
    ['-ns', 'contoso', '-n', 'a/b'],
    ['-ns', 'localhost', '-n', 'a/b'],
    ['--namespace', `localhost:${relay.port}`, '--name', 'A/B'],
    ['contoso/a/b'],
  ]) {
    const { code, stdout } = await agent.hcm(['show', ...words])
    t.equal(code, 0)
    t.match(JSON.parse(stdout), { Name: 'a/b', Status: 'Connected' }, words.join(' '))
  }
  const table = await agent.hcm(['list', '-o', 'table'])
  t.match(
    table.stdout,
    /^NAMESPACE .*\ncontoso +sql +Connected +db\.onprem\.example:5432 +1 +-\ncontoso +a\/b /,
  )
  t.match(await agent.hcm(['restart', '-ns', 'contoso', '-n', 'a/b']), {
    code: 0,
    stdout: /Connected/,
  })
  t.match(await agent.hcm(['remove', 'contoso/sql']), { code: 0, stderr: /was removed/ })
  t.match(await agent.list(), [{ Name: 'a/b' }])
  t.match(await agent.hcm(['show', 'contoso/sql']), { code: 1, stderr: /try: hcm list/ })
})

test('a connection string can stay out of the process list', async (t) => {
  const relay = await startRelay(t, CONTOSO('db.onprem.example:5432'))
  const agent = await startAgent(t, relay)
  const file = join(t.testdir({ string: `${stringsOf(relay, 'sql').listen}\n` }), 'string')
  t.match(await agent.hcm(['add', '--connect-file', file]), { code: 0 })
})

test('added again with another key, a hybrid connection takes it over, and its tunnels stay', async (t) => {
  const relay = await startRelay(t, CONTOSO('db.onprem.example:5432'))
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const rule = `db.onprem.example:5432:127.0.0.1:${port}`
  const agent = await startAgent(t, relay, { args: ['--connect-to', rule] })
  const { listen } = stringsOf(relay, 'sql')
  await agent.add(listen)
  const stream = await startSender(t, relay, 'sql').connect()
  stream.write('before ')
  await once(stream, 'data')

  const path = 'namespaces/contoso/hybridConnections/sql/authorizationRules/defaultListener'
  const { primaryKey } = (await callAdmin(relay, 'POST', `${path}/regenerateKeys`, {
    keyType: 'PrimaryKey',
  })) as { primaryKey: string }
  const fresh = listen.replace(/SharedAccessKey=[^;]+/, `SharedAccessKey=${primaryKey}`)
  t.match(await agent.hcm(['restart', 'contoso/sql']), { stdout: /Not connected/ })
  t.match(await agent.add(fresh), { Status: 'Connected', NumberOfListeners: 1 })
  t.match(await agent.list(), [{ Name: 'sql', Status: 'Connected' }])
  stream.write('after')
  const [echoed] = (await once(stream, 'data')) as [Buffer]
  t.equal(echoed.toString(), 'after', 'the tunnel of the old key')
  t.equal(await answerOf(startSender(t, relay, 'sql'), 'a new one'), 'a new one')
  stream.destroy()

  await agent.stop()
  const again = await startAgent(t, relay, { stateDir: agent.stateDir })
  await again.logged('"connected"')
  t.match(await again.list(), [{ Namespace: 'contoso', Status: 'Connected' }])
})

test('what was added is there after a restart of the agent, its endpoint and its rules too', async (t) => {
  const relay = await startRelay(t, CONTOSO('db.onprem.example:5432'))
  const port = await startEndpoint(t, (socket) => socket.end())
  const rule = `db.onprem.example:5432:127.0.0.1:${port}`
  const first = await startAgent(t, relay, { args: ['--connect-to', rule] })
  await first.add(stringsOf(relay, 'sql').listen)
  t.match(await first.stop(), { code: 0, stderr: '' })
  const second = await startAgent(t, relay, { stateDir: first.stateDir })
  await second.logged('"connected"')
  t.match(await second.list(), [{ Endpoint: 'db.onprem.example:5432', Status: 'Connected' }])
  t.match(await second.hcm(['test', 'db.onprem.example:5432']), { code: 0 })
})

test('hcm test makes the three checks where the agent runs', async (t) => {
  const relay = await startRelay(t, CONTOSO('db.onprem.example:5432'))
  const port = await startEndpoint(t, (socket) => socket.end())
  const agent = await startAgent(t, relay, {
    args: ['--connect-to', `db.onprem.example:5432:127.0.0.1:${port}`],
  })
  await agent.add(stringsOf(relay, 'sql').listen)
  t.match(await agent.hcm(['test', 'db.onprem.example:5432']), {
    code: 0,
    stdout:
      /^pass {2}name resolves +[\d.]+ ms .*\npass {2}TCP connects +[\d.]+ ms .*\npass {2}relay answers +[\d.]+ ms .* over TLSv1\.[23] /,
  })
  t.match(await agent.hcm(['test', 'localhost']), { code: 0, stdout: /relay answers/ })
  t.match(await agent.hcm(['test', 'other.onprem.example:1']), {
    code: 1,
    stdout: /^FAIL {2}name resolves .*never sent to DNS.*\nskip {2}TCP connects/,
  })
  const { stdout } = await agent.hcm(['test', `127.0.0.1:3`, '-o', 'json'])
  t.match(JSON.parse(stdout), {
    checks: [
      { name: 'resolve', ok: true },
      { name: 'connect', ok: false },
      { name: 'relay', ok: true },
    ],
  })
  t.match(await agent.hcm(['test', 'a b']), { code: 2, stderr: /neither HOST:PORT/ })
})

test('hcm logs tells what happened, and follows it', async (t) => {
  const relay = await startRelay(t, CONTOSO('db.onprem.example:5432'))
  const agent = await startAgent(t, relay)
  const following = launch(['logs', '--follow'], {
    cli: HCM,
    env: { HCM_STATE_DIR: agent.stateDir },
  })
  t.teardown(() => following.stop())
  await following.line('agent started')
  await agent.add(stringsOf(relay, 'sql').listen)
  t.match(await following.line('connected'), /info +connected .*name=sql/)
  t.match(await agent.hcm(['logs']), {
    code: 0,
    stdout: /agent started[^]*hybrid connection added/,
  })
  await agent.stop()
  t.match(await following.ended, { code: 3, stderr: /no daemon runs/ })
})

test('without a systemd, hcm service install shows the unit it would write', async (t) => {
  if (existsSync('/run/systemd/system'))
    return t.pass('systemd runs here', { skip: 'systemd runs here' })
  const outcome = await launch(['service', 'install', '--name', 'onprem-1'], {
    cli: HCM,
    env: { HCM_STATE_DIR: t.testdir() },
  }).ended
  t.match(outcome, {
    code: 1,
    stdout: /^\[Unit\][^]*"run" "--name" "onprem-1"/,
    stderr: /would be written/,
  })
})

test('a later version is told once the agent knows of one', async (t) => {
  const relay = await startRelay(t)
  const agent = await startAgent(t, relay, { args: ['--simulate-latest', '999.0.0'] })
  t.match(await agent.hcm(['version']), { code: 0, stdout: /999\.0\.0 is available/ })
})
