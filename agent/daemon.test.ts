import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { type Test, test } from 'tap'
import { parseConnectTo } from './connect-to.ts'
import { type Agent, type AgentOptions, createAgent } from './daemon.ts'

const CANARY = 'CANARYkey='
/** Port 3 of loopback: a relay that nobody runs. */
const UNREACHABLE = `Endpoint=sb://localhost:3/;SharedAccessKeyName=n;SharedAccessKey=${CANARY};EntityPath=a/b`

async function start(
  t: Test,
  options: Partial<AgentOptions> & { stateDir: string },
): Promise<Agent> {
  const agent = await createAgent(options)
  t.teardown(() => agent.close())
  return agent
}

async function call(
  stateDir: string,
  method: string,
  path: string,
  body?: object,
  more: object = {},
) {
  const { url, token } = JSON.parse(await readFile(join(stateDir, 'control.json'), 'utf8'))
  return fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body && { body: JSON.stringify(body) }),
  })
}

test('an agent leaves its state and its log behind, for its owner alone, and nothing else', async (t) => {
  const stateDir = join(t.testdir(), 'deep', 'state')
  const readyFile = join(t.testdirName, 'ready.json')
  const agent = await start(t, { stateDir, readyFile, name: 'onprem-1' })
  t.strictSame(JSON.parse(await readFile(readyFile, 'utf8')), {
    pid: process.pid,
    controlApi: agent.controlApi,
  })
  await agent.add(UNREACHABLE)
  if (process.platform !== 'win32') {
    t.equal((await stat(stateDir)).mode & 0o777, 0o700)
    for (const file of await readdir(stateDir)) {
      t.equal((await stat(join(stateDir, file))).mode & 0o777, 0o600, file)
    }
  }
  await agent.close()
  t.strictSame(await readdir(stateDir), ['hcm.json', 'hcm.log'])
  t.notMatch(await readFile(join(stateDir, 'hcm.log'), 'utf8'), CANARY)
  await t.rejects(fetch(agent.controlApi), 'the port is closed')
})

test('an agent whose state folder refuses to be tidied goes away all the same, and says why', async (t) => {
  const stateDir = t.testdir()
  const agent = await createAgent({ stateDir })
  const file = join(stateDir, 'control.json')
  await rm(file)
  await mkdir(file)
  await t.rejects(agent.close(), { code: 'ERR_FS_EISDIR' })
  await t.rejects(fetch(agent.controlApi), 'the port is closed')
  t.notOk((await readdir(stateDir)).includes('hcm.lock'), 'another one may take the folder')
})

test('a hybrid connection whose relay cannot be reached is kept, with the reason and the next attempt', async (t) => {
  const stateDir = t.testdir()
  const agent = await start(t, { stateDir })
  const row = await agent.add(UNREACHABLE)
  t.match(row, {
    namespace: 'localhost',
    name: 'a/b',
    endpoint: '',
    status: 'Not connected',
    numberOfListeners: null,
    serviceBusEndpoint: 'sb://localhost:3/',
    lastError: /its endpoint is not known yet: localhost:3 cannot be reached/,
    nextAttemptAt: /^\d{4}-/,
  })
  t.match(await agent.add(UNREACHABLE.replace('a/b', 'A/B')), { name: 'A/B' })
  t.equal((await agent.list()).length, 1, 'added again it is still one')
  await agent.close()
  const again = await start(t, { stateDir })
  t.match(await again.list(), [{ name: 'A/B', status: 'Not connected' }])
  await again.remove('localhost:3', 'A/B')
  t.strictSame(await again.list(), [])
  await again.close()
  t.match(JSON.parse(await readFile(join(stateDir, 'hcm.json'), 'utf8')), { connections: [] })
})

test('the control API does what the commands need (dashboard 5)', async (t) => {
  const stateDir = t.testdir()
  const agent = await start(t, { stateDir, name: 'onprem-1', latestVersion: '999.0.0' })
  t.match(await (await call(stateDir, 'GET', '/service')).json(), {
    name: 'onprem-1',
    version: /^\d/,
    latest: '999.0.0',
    startedAt: /^\d{4}-/,
    adminUrl: null,
  })
  const added = await call(stateDir, 'POST', '/connections', { connectionString: UNREACHABLE })
  t.equal(added.status, 201)
  const all = await (await call(stateDir, 'GET', '/connections')).text()
  t.notMatch(all, CANARY, 'no key leaves the daemon')
  t.match(JSON.parse(all), { items: [{ name: 'a/b' }] })
  const path = '/connections/localhost/a%2Fb'
  t.match(await (await call(stateDir, 'GET', path)).json(), { name: 'a/b' })
  t.match(await (await call(stateDir, 'POST', `${path}/restart`, {})).json(), { name: 'a/b' })
  t.match(await (await call(stateDir, 'POST', '/refresh', {})).json(), { items: [{ name: 'a/b' }] })
  t.match(await (await call(stateDir, 'POST', '/tests', { target: 'db.example:1' })).json(), {
    checks: [{ name: 'resolve', ok: false }, { name: 'connect', ok: null }, { name: 'relay' }],
    warnings: [],
  })
  const { items } = (await (await call(stateDir, 'GET', '/logs?after=1')).json()) as {
    items: object[]
  }
  t.match(items[0], { n: 2, level: 'info', message: 'hybrid connection added' })
  t.equal((await call(stateDir, 'DELETE', path)).status, 204)
  t.equal((await call(stateDir, 'GET', path)).status, 404)
  await agent.close()
})

test('a request that waits for the next log line gets it', async (t) => {
  const stateDir = t.testdir()
  const agent = await start(t, { stateDir })
  const waiting = call(stateDir, 'GET', '/logs?after=1&wait=30')
  await agent.add(UNREACHABLE)
  t.match(await (await waiting).json(), { items: [{ message: 'hybrid connection added' }] })
  const late = call(stateDir, 'GET', '/logs?after=100000&wait=30')
  t.equal((await late).status, 200, 'a number of an earlier run reads as 0')
})

test('the control API refuses what is not meant for it, in one shape', async (t) => {
  const stateDir = t.testdir()
  await start(t, { stateDir })
  const canary = { connectionString: `Endpoint=sb://h/;SharedAccessKey=${CANARY}` }
  for (const [answer, status, code] of [
    [
      await call(stateDir, 'GET', '/service', undefined, { authorization: 'Bearer x' }),
      401,
      'RELAY_ADMIN_TOKEN_REQUIRED',
    ],
    [
      await call(stateDir, 'POST', '/tests', { target: 'x' }, { origin: 'http://evil.test' }),
      403,
      'RELAY_ORIGIN_REFUSED',
    ],
    [
      await call(stateDir, 'POST', '/tests', {}, { 'content-type': 'text/plain' }),
      415,
      'RELAY_CONTENT_TYPE',
    ],
    [await call(stateDir, 'POST', '/tests', { target: 'x', more: 1 }), 400, 'RELAY_INPUT_INVALID'],
    [await call(stateDir, 'POST', '/connections', canary), 400, 'RELAY_INPUT_INVALID'],
    [
      await call(stateDir, 'POST', '/connections', { connectionString: 'Endpoint=hc://x/' }),
      400,
      'RELAY_INPUT_INVALID',
    ],
    [
      await call(stateDir, 'POST', '/connections', { connectionString: 'x'.repeat(70_000) }),
      413,
      'RELAY_BODY_TOO_LARGE',
    ],
    [await call(stateDir, 'GET', '/logs?after=x'), 400, 'RELAY_INPUT_INVALID'],
    [await call(stateDir, 'GET', '/nothing'), 404, 'RELAY_ITEM_NOT_FOUND'],
    [await call(stateDir, 'POST', '/connections/a/b/restart', {}), 404, 'RELAY_ITEM_NOT_FOUND'],
  ] as const) {
    const text = await answer.text()
    t.notMatch(text, CANARY)
    t.equal(answer.status, status, text)
    t.match(JSON.parse(text), { error: { code, message: /./, details: [] } })
  }
})

test('a second agent on a state folder refuses, and the first goes on', async (t) => {
  const stateDir = t.testdir()
  const agent = await start(t, { stateDir })
  await t.rejects(createAgent({ stateDir }), { code: 'HCM_ALREADY_RUNNING' })
  t.equal((await call(stateDir, 'GET', '/service')).status, 200)
  await agent.close()
  await (await createAgent({ stateDir })).close()
})

test('damaged state stops the start, and is never written over', async (t) => {
  for (const text of [
    '{',
    '{"version":2,"connectTo":[],"connections":[{"connectionString":"CANARY"}]}',
  ]) {
    const stateDir = t.testdir({ 'hcm.json': text })
    await t.rejects(createAgent({ stateDir, connectTo: [parseConnectTo('a:1:b:2')] }), {
      code: 'HCM_STATE_DAMAGED',
      message: /^(?!.*CANARY)/,
    })
    t.equal(await readFile(join(stateDir, 'hcm.json'), 'utf8'), text)
    t.notOk((await readdir(stateDir)).includes('hcm.lock'))
  }
})

test('a port that is taken leaves nothing behind', async (t) => {
  const blocker = createServer()
  await once(blocker.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => blocker.close())
  const { port } = blocker.address() as { port: number }
  const stateDir = t.testdir()
  await t.rejects(createAgent({ stateDir, controlPort: port }), { code: 'EADDRINUSE' })
  t.strictSame(await readdir(stateDir), ['hcm.log'])
})

test('rules of --connect-to are kept for later starts', async (t) => {
  const stateDir = t.testdir()
  const first = await start(t, {
    stateDir,
    connectTo: [parseConnectTo('db.example:1:127.0.0.1:3')],
  })
  await first.close()
  const second = await start(t, { stateDir })
  t.match(await (await call(stateDir, 'POST', '/tests', { target: 'db.example:1' })).json(), {
    checks: [{ ok: true, detail: /--connect-to/ }, { ok: false }, {}],
  })
  await second.close()
})

test('state that cannot be written refuses the change instead of forgetting it later', async (t) => {
  const stateDir = t.testdir()
  const agent = await start(t, { stateDir })
  // A folder in its place cannot be replaced by a file.
  await mkdir(join(stateDir, 'hcm.json', 'x'), { recursive: true })
  await writeFile(join(stateDir, 'hcm.json', 'x', 'y'), '')
  await t.rejects(agent.add(UNREACHABLE), { code: 'RELAY_INTERNAL', message: /was not written/ })
  t.strictSame(await agent.list(), [])
})
