import { test } from 'tap'
import { createRelayServer } from './index.ts'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const config = (names: string[], hosts: string[] = []) =>
  JSON.stringify({
    version: 1,
    namespaces: [{ name: 'contoso', hosts, hybridConnections: names.map((name) => ({ name })) }],
  })

test('a reload adds and removes entities and says which', async (t) => {
  const file = join(t.testdir({}), 'relay.json')
  writeFileSync(file, config(['sql', 'web']))
  const server = await createRelayServer({ config: file })
  t.teardown(() => server.close())
  writeFileSync(file, config(['sql', 'new']))
  const report = await server.reload()
  t.match(report, { ok: true })
  if (report.ok) {
    t.ok(report.changes.includes('contoso/web deleted'))
    t.ok(report.changes.includes('contoso/new created'))
  }
  t.same(
    server.namespaces[0]?.hybridConnections.map(({ name }) => name),
    ['sql', 'new'],
  )
})

test('a bad file keeps the old state and says why, with the line', async (t) => {
  const file = join(t.testdir({}), 'relay.json')
  writeFileSync(file, config(['sql']))
  const server = await createRelayServer({ config: file })
  t.teardown(() => server.close())
  writeFileSync(file, '{\n  "version": 1,\n  "namespace": []\n}')
  const report = await server.reload()
  t.equal(report.ok, false)
  if (!report.ok) t.match(report.problems[0], /relay\.json:3:.*namespaces/)
  t.equal(server.namespaces[0]?.hybridConnections[0]?.name, 'sql')
})

test('a new host needs a restart when the CA lives in memory, and the reload says so', async (t) => {
  const file = join(t.testdir({}), 'relay.json')
  writeFileSync(file, config(['sql']))
  const server = await createRelayServer({ config: file })
  t.teardown(() => server.close())
  writeFileSync(file, config(['sql'], ['relay.local']))
  const report = await server.reload()
  t.equal(report.ok, true)
  if (report.ok) t.ok(report.changes.some((change) => /restart.*relay\.local/.test(change)))
})

test('what only a restart applies is named by the reload that finds it changed', async (t) => {
  // product 4; docs/reference/configuration.md, Reload
  const file = join(t.testdir({}), 'relay.json')
  const limits = { handshakeTimeoutMs: 9_000, acceptTimeoutMs: 5 }
  writeFileSync(file, JSON.stringify({ version: 1, seed: 1 }))
  const server = await createRelayServer({ config: file })
  t.teardown(() => server.close())
  writeFileSync(file, JSON.stringify({ version: 1, seed: 1, port: 1, limits }))
  t.same(await server.reload(), {
    ok: true,
    changes: [
      'port has changed in the file, restart to apply it.',
      'limits.handshakeTimeoutMs has changed in the file, restart to apply it.',
    ],
  })
  t.same(await server.reload(), { ok: true, changes: [] })
})
