import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { mintSasToken } from '../../protocol/sas.ts'
import { type RelayServer, type RelayServerInput, createRelayServer } from '../../server/index.ts'

/** A running relay as tests use it. */
export type TestRelay = {
  readonly server: RelayServer
  readonly port: number
  readonly plainPort: number
  readonly caPem: string
  readonly caFile: string
  readonly adminUrl: string
  /** `wss://localhost:PORT/$hc/PATH` with parameters. */
  url(path: string, parameters?: Record<string, string>): string
  /** A token of the namespace's root rule, or of one of an entity's rules. */
  token(options?: TokenOptions): string
}

type TokenOptions = {
  readonly path?: string
  readonly rule?: string
  readonly entity?: string
  readonly seconds?: number
}

/** Starts a relay on free ports, in memory, that ends with the test. `config` is a configuration as data. */
export async function startRelay(
  t: Test,
  options: RelayServerInput & { readonly configuration?: object } = {},
): Promise<TestRelay> {
  const { configuration, ...input } = options
  if (configuration) {
    const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-e2e-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'relay-emulator.json')
    await writeFile(file, JSON.stringify({ version: 1, ...configuration }))
    Object.assign(input, { config: file })
  }
  const server = await createRelayServer(input)
  t.teardown(() => server.close())
  return testRelay(server)
}

/** What tests ask of a running server. */
export function testRelay(server: RelayServer): TestRelay {
  const { relay, admin, caFile } = server.ready
  return {
    server,
    port: relay.port,
    plainPort: relay.plainPort ?? 0,
    caPem: server.caPem ?? '',
    caFile: caFile ?? '',
    adminUrl: admin.url,
    url(path, parameters = {}) {
      const query = new URLSearchParams(parameters).toString()
      return `wss://localhost:${relay.port}/$hc/${path}${query === '' ? '' : `?${query}`}`
    },
    token({ path = '', rule = 'RootManageSharedAccessKey', entity, seconds = 3600 } = {}) {
      return mintSasToken({
        resource: `http://localhost/${path}`,
        keyName: rule,
        key: keyOf(server, rule, entity),
        expirySeconds: Math.floor(Date.now() / 1000) + seconds,
      })
    },
  }
}

/** Primary key of a rule of the first namespace, or of one of its entities. */
export function keyOf(server: RelayServer, rule: string, entity?: string): string {
  const namespace = server.namespaces[0]
  const owner =
    entity === undefined
      ? namespace
      : namespace?.hybridConnections.find(({ name }) => name === entity)
  const found = owner?.authorizationRules.find(({ name }) => name === rule)
  if (!found) throw new Error(`no rule ${rule}`)
  return found.primaryKey
}
