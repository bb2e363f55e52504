import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { answerOf, entityWith, startAgent, startEndpoint, startSender } from '../harness/agent.ts'
import { azureOf } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'

const SAMPLE = '[{"key": "endpoint", "value : "host:port"}]'

/** An emulator with a hybrid connection that answers `served`, and an agent of its own. */
async function prepared(t: Test) {
  const port = await startEndpoint(t, (socket) => socket.resume().end('served'))
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [
            entityWith('sql', { endpoint: `127.0.0.1:${port}` }),
            entityWith('sample', SAMPLE),
          ],
        },
      ],
    },
  })
  const azure = azureOf(relay)
  const agent = await startAgent(t, relay)
  const four = (name: string) => [
    ...['-s', azure.subscription, '-rg', 'relay-emulator', '-ns', 'contoso', '-n', name],
  ]
  return { relay, azure, agent, four }
}

/** A folder with an `az` that gives this token, or fails; for a PATH. */
async function fakeAz(t: Test, armUrl: string, token: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-az-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const script =
    token === null
      ? `#!/bin/sh\necho "Please run 'az login' to setup account." >&2\nexit 1\n`
      : `#!/bin/sh\ncase "$1" in\naccount) echo '{"accessToken":"${token}"}' ;;\ncloud) echo '{"endpoints":{"resourceManager":"${armUrl}/"}}' ;;\nesac\n`
  await writeFile(join(folder, 'az'), script)
  await chmod(join(folder, 'az'), 0o755)
  return folder
}

test('hcm login and hcm add by four options serve the hybrid connection', async (t) => {
  const { relay, azure, agent, four } = await prepared(t)
  const login = await agent.hcm(['login', '--arm', azure.url, '--tenant', azure.tenant])
  t.equal(login.code, 0, login.stderr)
  t.match(login.stderr, /signed in at https:\/\/localhost/)
  t.match(await agent.hcm(['add', ...four('sample')]), {
    code: 1,
    stderr: /cannot be served[^]*doc-sample[^]*change-endpoint/,
  })
  t.match(await agent.hcm(['add', ...four('none')]), { code: 1, stderr: /ResourceNotFound/ })
  const file = join(agent.stateDir, 'azure-login.json')
  t.notMatch(await readFile(file, 'utf8'), /refresh/)

  const added = await agent.hcm(['add', ...four('sql')])
  t.equal(added.code, 0, added.stderr)
  t.match(JSON.parse(added.stdout), { Namespace: 'contoso', Name: 'sql', Status: 'Connected' })
  t.equal(await answerOf(startSender(t, relay, 'sql')), 'served')
  t.strictSame(JSON.parse(await readFile(file, 'utf8')), { armUrl: azure.url }, 'no token stays')
  t.notMatch(`${login.stderr}${added.stdout}${added.stderr}`, /eyJ|SharedAccessKey=/)
})

test('without a login of its own hcm uses that of the Azure CLI once, and keeps nothing of it', async (t) => {
  const { relay, azure, agent, four } = await prepared(t)
  const token = await azure.token()
  const withAz = async (words: readonly string[], path: string) => {
    const before = process.env['PATH']
    process.env['PATH'] = `${path}:${before}`
    try {
      return await agent.hcm(words)
    } finally {
      process.env['PATH'] = before
    }
  }
  const added = await withAz(['add', ...four('sql')], await fakeAz(t, azure.url, token))
  t.equal(added.code, 0, added.stderr)
  t.equal(await answerOf(startSender(t, relay, 'sql')), 'served')
  for (const file of await readdir(agent.stateDir)) {
    const text = await readFile(join(agent.stateDir, file), 'utf8').catch(() => '')
    t.notOk(text.includes(token), `${file} holds no token`)
  }
  t.match(await withAz(['add', ...four('sql')], await fakeAz(t, azure.url, null)), {
    code: 4,
    stderr: /the Azure CLI gives no token: Please run 'az login'[^]*try: az login/,
  })
  t.match(await withAz(['add', ...four('sql')], await fakeAz(t, azure.url, 'nonsense')), {
    code: 4,
  })
})
