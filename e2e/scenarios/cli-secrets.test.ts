import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { test } from 'tap'
import WebSocket from 'ws'
import { mintSasToken } from '../../protocol/index.ts'
import { runCli, startCli } from '../harness/cli.ts'

/** Stands in every secret, so that one search finds any of them. */
const CANARY = 'CANARY'
/** A listener's reason for its refusal: for the sender and the row of that connection, and nobody else. */
const REJECTION = 'said by the listener'
const KEYS = { primary: `${CANARY}primaryKey=`, secondary: `${CANARY}secondaryKey=` }
const CONFIG = `version: 1
admin: { token: "${CANARY}adminToken" }
namespaces:
  - name: contoso
    authorizationRules:
      - { name: RootManageSharedAccessKey, rights: [Listen, Manage, Send], primaryKey: "\${ROOT_KEY}" }
    hybridConnections:
      - name: sql
        authorizationRules:
          - { name: both, rights: [Listen, Send], primaryKey: "${KEYS.primary}", secondaryKey: "${KEYS.secondary}" }
`
const ENV = { ROOT_KEY: `${CANARY}rootKey=`, RELAY_EMULATOR_ADMIN_TOKEN: `${CANARY}adminToken` }

test('no token, key or text of a peer reaches logs, errors, reasons, metrics or the API (product 3)', async (t) => {
  const folder = t.testdir({ 'c.yaml': CONFIG })
  const running = await startCli(t, ['--config', join(folder, 'c.yaml'), '--log-level', 'trace'], {
    env: ENV,
  })
  const { ready } = running
  const told: string[] = []
  const relay = `ws://localhost:${ready.relay.plainPort}/$hc/sql`
  const mint = (over: Partial<Parameters<typeof mintSasToken>[0]> = {}) =>
    mintSasToken({
      resource: 'http://localhost/sql',
      keyName: 'both',
      key: KEYS.primary,
      expirySeconds: Math.floor(Date.now() / 1000) + 600,
      ...over,
    })
  const genuine = mint()
  const secrets = [
    CANARY,
    encodeURIComponent(/sig=([^&]+)/.exec(genuine)?.[1] ?? ''),
    /sig=([^&]+)/.exec(genuine)?.[1] ?? '',
  ]
  const refused = async (url: string, headers: Record<string, string>) => {
    const socket = new WebSocket(url, { headers })
    const [, response] = (await once(socket, 'unexpected-response')) as [
      ClientRequest,
      IncomingMessage,
    ]
    told.push(
      `${response.statusCode} ${response.statusMessage} ${response.rawHeaders.join(' ')} ${await text(response)}`,
    )
  }

  const bad = `SharedAccessSignature sr=http%3a%2f%2flocalhost&sig=${CANARY}signature&se=4102444800&skn=${CANARY}rule`
  const expired = mint({
    expirySeconds: 1,
    keyName: 'both',
    resource: `http://localhost/sql?${CANARY}`,
  })
  for (const [action, token] of [
    ['listen', bad],
    ['connect', bad],
    ['listen', expired],
    ['connect', mint({ resource: `http://localhost/${CANARY}` })],
    ['connect', `${CANARY}malformed`],
    ['listen', `eyJ${CANARY}.eyJ${CANARY}.${CANARY}`],
  ] as const) {
    await refused(`${relay}?sb-hc-action=${action}`, { ServiceBusAuthorization: token })
    await refused(`${relay}?sb-hc-action=${action}&sb-hc-token=${encodeURIComponent(token)}`, {})
    await refused(`${relay}?sb-hc-action=${action}`, {
      Authorization: token,
      Cookie: `session=${CANARY}`,
    })
  }
  await refused(`${relay}?sb-hc-sas-key-name=both&sb-hc-sas-key=${CANARY}wrong`, {})
  await refused(`${relay}?sb-hc-action=accept&sb-hc-id=none&sb-hc-rendezvous=${CANARY}`, {})

  const listener = new WebSocket(`${relay}?sb-hc-action=listen`, {
    headers: { ServiceBusAuthorization: genuine },
  })
  await once(listener, 'open')
  listener.send(JSON.stringify({ renewToken: { token: mint({ key: KEYS.secondary }) } }))
  listener.send(`{"${CANARY}":`)
  listener.once('message', (data) => {
    const { address } = JSON.parse((data as Buffer).toString()).accept
    const rejecting = new WebSocket(
      `${address}&sb-hc-statusCode=403&sb-hc-statusDescription=${encodeURIComponent(REJECTION)}`,
    )
    rejecting.on('error', () => undefined)
  })
  const rejected = new WebSocket(`${relay}?sb-hc-action=connect&mine=${CANARY}`, {
    headers: { ServiceBusAuthorization: genuine, 'X-Mine': CANARY },
  })
  const [, response] = (await once(rejected, 'unexpected-response')) as [
    ClientRequest,
    IncomingMessage,
  ]
  t.match(
    response,
    { statusCode: 403, statusMessage: REJECTION },
    'the sender alone is told the text',
  )
  rejected.on('error', () => undefined).terminate()
  listener.send(JSON.stringify({ renewToken: { token: bad } }))
  const [, reason] = await once(listener, 'close')
  told.push(String(reason))

  const ask = async (path: string, token = ENV.RELAY_EMULATOR_ADMIN_TOKEN) => {
    const answer = await fetch(new URL(path, ready.admin.url), {
      headers: { authorization: `Bearer ${token}` },
    })
    return answer.text()
  }
  const entity = 'namespaces/contoso/hybridConnections/sql'
  for (const path of [
    'overview',
    'listeners',
    'connections',
    'namespaces',
    'openapi.json',
    entity,
    `${entity}/authorizationRules`,
  ])
    told.push(await ask(`/api/v1/${path}`))
  told.push(await ask('/api/v1/overview', `${CANARY}wrong`))
  const facts = [await ask('/metrics'), await ask('/api/v1/events?limit=10000')]
  const env = { ...running.env, ...ENV }
  for (const args of [['status'], ['tail', '--no-follow'], ['token', 'inspect', genuine]]) {
    const { stdout, stderr } = await runCli(args, { env })
    facts.push(stdout, stderr)
  }

  const { stdout, stderr } = await running.stop()
  const [block = '', ...log] = stdout.split('\n')
  t.ok(block.includes(KEYS.primary), 'the block of start-up exists to print them')
  t.match(log.join('\n'), /RELAY_TOKEN_INVALID/, 'the log told of all this')
  facts.push(log.join('\n'), stderr)
  for (const text of [...told, ...facts])
    for (const secret of secrets) t.notOk(text.includes(secret), around(text, secret))
  for (const text of facts) t.notOk(text.includes(REJECTION), around(text, REJECTION))
})

/** The place of a find, for the person who reads the failure. */
function around(text: string, found: string): string {
  const at = text.indexOf(found)
  return at < 0 ? 'not found' : text.slice(Math.max(0, at - 200), at + 200)
}

test('no key of a faulty configuration is repeated in the message about it', async (t) => {
  const rule = (text: string) => `version: 1
namespaces:
  - name: contoso
    authorizationRules:
      - ${text}
`
  const key = `${CANARY}key`
  const files = {
    'type.yaml': rule(`{ name: r, rights: [Listen], primaryKey: ["${key}"] }`),
    'unknown.yaml': rule(`{ name: r, rights: [Listen], primarKey: "${key}" }`),
    'syntax.yaml': rule(`{ name: r, rights: [Listen], primaryKey: "${key}" "x" }`),
    'unclosed.yaml': rule(`{ name: r, rights: [Listen], primaryKey: "${key}`),
    'long.yaml': rule(`{ name: r, rights: [Listen], primaryKey: "${key.repeat(100)}" }`),
    'admin.yaml': `version: 1\nadmin: { token: [${key}] }\n`,
    'twice.yaml': rule(`{ name: r, rights: [Listen], primaryKey: ${key}, primaryKey: ${key} }`),
    'variable.yaml': rule(`{ name: r, rights: [Listen], primaryKey: "\${NOT_SET}${key}" }`),
  }
  const folder = t.testdir(files)
  for (const file of Object.keys(files)) {
    const { code, stdout, stderr } = await runCli(['config', 'validate', file], { cwd: folder })
    t.equal(code, 2, file)
    t.notOk((stdout + stderr).includes(CANARY), `${file}: ${stderr}`)
  }
})

test('no key of a faulty connection string is repeated in the message about it', async (t) => {
  for (const connect of [
    `SharedAccessKey=${CANARY}`,
    `Endpoint=sb://h/;SharedAccessKey=${CANARY}`,
    `Endpoint=sb://h/;${CANARY}`,
    `Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=${CANARY};SharedAccessKey=${CANARY}`,
    `Endpoint=${CANARY};SharedAccessKeyName=n;SharedAccessKey=x`,
    `Endpoint=sb://h/;SharedAccessSignature=${CANARY}`,
  ]) {
    const { code, stdout, stderr } = await runCli(['token', 'create', '--connect-file', '-'], {
      stdin: connect,
    })
    t.equal(code, 2)
    t.notOk((stdout + stderr).includes(CANARY), stderr)
  }
})
