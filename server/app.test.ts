import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { createRelayServer } from './index.ts'

/** What keeps the process alive, but for the test runner's own pipes and the files its loader reads. */
function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|TLS|Timeout|FSEvent/.test(name))
    .sort()
}

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'relay-emulator-app-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('an embedded server takes free ports, and leaves nothing when it is closed', async (t) => {
  await settled()
  const before = handles()
  const server = await createRelayServer()
  const { relay, admin, namespaces } = server.ready
  t.ok(relay.port > 0 && relay.plainPort !== null && relay.plainPort > 0)
  t.match(admin.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(namespaces[0]?.name, 'local-relay')
  t.equal((await fetch(`${admin.url}/health/ready`)).status, 200)
  await server.close()
  await server.close()
  await settled()
  t.strictSame(handles(), before)
})

test('`await using` closes it', async (t) => {
  const server = await createRelayServer({ plainPort: null })
  t.equal(server.ready.relay.plainPort, null)
  await server[Symbol.asyncDispose]()
  await t.rejects(fetch(`${server.ready.admin.url}/health/live`))
})

test('a port that is taken is told, and what was opened before is closed again', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  await settled()
  const before = handles()
  for (const taken of [{ port }, { plainPort: port }, { adminPort: port }]) {
    await t.rejects(createRelayServer(taken), { code: 'EADDRINUSE' })
  }
  await settled()
  t.strictSame(handles(), before)
})

test('a ready file that cannot be written is named', async (t) => {
  const readyFile = join(await folder(t), 'none', 'ready.json')
  await t.rejects(createRelayServer({ readyFile }), {
    message: `the ready file ${readyFile} cannot be written: ENOENT`,
    next: /a folder that exists/,
  })
})

test('the ready file is the ready document, and only its owner reads it', async (t) => {
  const readyFile = join(await folder(t), 'ready.json')
  const server = await createRelayServer({ readyFile })
  t.teardown(() => server.close())
  t.strictSame(JSON.parse(await readFile(readyFile, 'utf8')), server.ready)
})

test('several servers live side by side', async (t) => {
  const servers = await Promise.all([createRelayServer(), createRelayServer()])
  const ports = servers.flatMap(({ ready }) => [ready.relay.port, ready.relay.plainPort])
  t.equal(new Set(ports).size, 4)
  await Promise.all(servers.map((server) => server.close()))
})
