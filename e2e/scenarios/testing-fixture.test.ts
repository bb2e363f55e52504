import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { createRelayServer } from '../../server/index.ts'
import { containerConfiguration } from '../containers/container-config.ts'
import { fixtureSuite } from '../containers/testing/fixture-suite.ts'
import { CLI, ROOT } from '../harness/cli.ts'

const isBuilt = existsSync(CLI)

test('a relay in the same process is what a test needs (product 7)', async (t) => {
  const relay = await createRelayServer({ port: 0 })
  t.teardown(() => relay.close())
  await fixtureSuite(t, relay)
})

const asked = (request: Partial<Parameters<typeof containerConfiguration>[0]>) =>
  containerConfiguration({
    base: {},
    namespaces: [],
    hybridConnections: [],
    engineHost: 'localhost',
    ...request,
  })

test('a container that was asked for nothing has the entities of a plain start', async (t) => {
  t.match(asked({}), {
    version: 1,
    namespaces: [{ name: 'local-relay', hybridConnections: [{ name: 'demo' }, { name: 'open' }] }],
  })
  t.match(asked({ hybridConnections: [{ name: 'sql' }] }), {
    namespaces: [
      {
        name: 'local-relay',
        hybridConnections: [
          { name: 'sql', authorizationRules: [{ name: 'defaultListener' }, { rights: ['Send'] }] },
        ],
      },
    ],
  })
})

test('what a container is asked for is joined by name, in any order of the calls', async (t) => {
  const { namespaces, ...others } = asked({
    base: {
      limits: { acceptTimeoutMs: 1 },
      namespaces: [{ name: 'Contoso', location: 'westus', hybridConnections: [{ name: 'web' }] }],
    },
    namespaces: [{ name: 'fabrikam' }, { name: 'contoso', hosts: ['relay.local'] }],
    hybridConnections: [
      { name: 'sql', namespace: 'FABRIKAM', endpoint: 'db:5432' },
      { name: 'web', requiresClientAuthorization: false, authorizationRules: [] },
    ],
  })
  t.same(others, { version: 1, limits: { acceptTimeoutMs: 1 } })
  t.match(namespaces, [
    {
      name: 'contoso',
      location: 'westus',
      hosts: ['relay.local'],
      hybridConnections: [{ name: 'web', requiresClientAuthorization: false }],
    },
    {
      name: 'fabrikam',
      hybridConnections: [{ name: 'sql', userMetadata: '[{"key":"endpoint","value":"db:5432"}]' }],
    },
  ])
})

test('the first namespace of a container answers to the name of a remote engine', async (t) => {
  t.match(asked({ engineHost: 'docker.corp.example' }), {
    namespaces: [{ hosts: ['docker.corp.example'] }],
  })
  t.match(asked({}), { namespaces: [{ hosts: [] }] })
})

test('the programs of the page on tests are files of examples/, letter by letter', async (t) => {
  const page = await readFile(join(ROOT, 'docs/reference/testing.md'), 'utf8')
  const shown = [...page.matchAll(/\[(examples\/[\w.-]+)\][^[]*?```js\n([\s\S]*?)```/g)]
  t.equal(shown.length, 2)
  for (const [, file = '', text] of shown) {
    t.equal(text, await readFile(join(ROOT, file), 'utf8'), file)
  }
})

test(
  'the example of a test passes as it stands',
  { skip: !isBuilt && 'needs the build' },
  async (t) => {
    const child = spawn(process.execPath, ['--test', 'examples/testing-in-process.test.mjs'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const output = text(child.stdout)
    const [code] = (await once(child, 'exit')) as [number]
    t.equal(code, 0, await output)
  },
)
