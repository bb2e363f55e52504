import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, readFile, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import {
  entityWith,
  HCM,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
} from '../harness/agent.ts'
import { startRelay } from '../harness/relay.ts'

const CANARY = 'CANARY'
const KEY = `${CANARY}key0123456789=`

function relayOptions(port: number) {
  const entity = entityWith('sql', { endpoint: `127.0.0.1:${port}` })
  const authorizationRules = entity.authorizationRules.map((rule) => ({ ...rule, primaryKey: KEY }))
  return {
    configuration: {
      namespaces: [{ name: 'contoso', hybridConnections: [{ ...entity, authorizationRules }] }],
    },
  }
}

test('no key or token reaches a log, an answer or an error of the agent', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket))
  const relay = await startRelay(t, relayOptions(port))
  const agent = await startAgent(t, relay, { args: ['--log-level', 'trace'] })
  const { listen } = stringsOf(relay, 'sql')
  t.match(listen, KEY)
  await agent.add(listen)
  const { token } = JSON.parse(await readFile(join(agent.stateDir, 'control.json'), 'utf8'))
  const stream = await startSender(t, relay, 'sql').connect({ headers: { 'X-Mine': CANARY } })
  stream.write('x')
  await once(stream, 'data')
  stream.destroy()
  const told: string[] = []
  for (const args of [
    ['list'],
    ['show', 'contoso/sql'],
    ['add', listen],
    ['add', `${listen};SharedAccessSignature=${CANARY}`],
    [
      'add',
      `Endpoint=sb://localhost:3/;SharedAccessKeyName=n;SharedAccessKey=${KEY};EntityPath=other`,
    ],
    ['restart', 'contoso/sql'],
    ['test', 'localhost'],
    ['logs', '-o', 'json'],
    ['show', `${CANARY.toLowerCase()}/x`],
  ]) {
    const { stdout, stderr } = await agent.hcm(args)
    told.push(stdout, stderr)
  }
  const { stdout, stderr } = await agent.stop()
  told.push(stdout, stderr, await readFile(join(agent.stateDir, 'hcm.log'), 'utf8'))
  t.match(told.join(''), /"connected"/, 'the log told of all this')
  for (const secret of [CANARY, token, encodeURIComponent(KEY)]) {
    t.notOk(
      told.some((given) => given.includes(secret)),
      secret === token ? 'control secret' : secret,
    )
  }
})

test('what the agent keeps is readable by its owner alone, and another user cannot drive it', async (t) => {
  if (process.platform === 'win32') return t.pass('no file modes', { skip: 'no file modes here' })
  const relay = await startRelay(t, relayOptions(1))
  const agent = await startAgent(t, relay)
  await agent.add(stringsOf(relay, 'sql').listen)
  t.equal((await stat(agent.stateDir)).mode & 0o777, 0o700)
  for (const file of await readdir(agent.stateDir)) {
    t.equal((await stat(join(agent.stateDir, file))).mode & 0o777, 0o600, file)
  }
  const answer = await fetch(`${agent.controlApi}/api/v1/connections`)
  t.equal(answer.status, 401)
  if (process.getuid?.() !== 0)
    return t.pass('only root can be somebody else', { skip: 'not root' })
  // Also in a folder that others may enter, the secret stays closed.
  const open = t.testdir()
  await cp(join(agent.stateDir, 'control.json'), join(open, 'control.json'))
  for (const stateDir of [agent.stateDir, open]) {
    const child = spawn(
      'env',
      ['-u', 'NODE_OPTIONS', process.execPath, HCM, 'list', '--state-dir', stateDir],
      {
        uid: 65_534,
        gid: 65_534,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { PATH: process.env['PATH'] },
      },
    )
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    t.equal(code, 4, said)
    t.match(said, /its secret cannot be read \(EACCES\)/)
  }
})

test('a page of another origin and a rebound name get nowhere (dashboard 8)', async (t) => {
  const relay = await startRelay(t, relayOptions(1))
  const agent = await startAgent(t, relay)
  const { token } = JSON.parse(await readFile(join(agent.stateDir, 'control.json'), 'utf8'))
  t.match(token, /^[\w-]{43}$/, '256 bits')
  const authorization = `Bearer ${token}`
  const ask = (headers: Record<string, string>, method: string) =>
    new Promise<number>((resolve, reject) => {
      const url = new URL('/api/v1/refresh', agent.controlApi)
      request(url, { method, headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
        .on('error', reject)
        .end('{}')
    })
  const json = { authorization, 'content-type': 'application/json' }
  t.equal(await ask(json, 'POST'), 200)
  t.equal(await ask({ ...json, host: 'attacker.example' }, 'POST'), 403)
  t.equal(await ask({ ...json, origin: 'http://attacker.example' }, 'POST'), 403)
  t.equal(await ask({ ...json, origin: 'null' }, 'POST'), 403)
  t.equal(await ask({ ...json, 'sec-fetch-site': 'cross-site' }, 'POST'), 403)
  t.equal(await ask({ authorization, 'content-type': 'text/plain' }, 'POST'), 415)
  t.equal(await ask({ 'content-type': 'application/json' }, 'POST'), 401)
})
