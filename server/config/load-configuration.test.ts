import { join } from 'node:path'
import { test } from 'tap'
import { publishedKey } from '../../protocol/published-keys.ts'
import { loadConfiguration } from './load-configuration.ts'

const now = () => Date.UTC(2026, 0, 2)
const wellKnownKey = 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w='

test('without a file there is one namespace with a protected and an open entity', async (t) => {
  // product 4
  const configuration = await loadConfiguration({ cwd: t.testdir({}), env: {}, now })
  t.equal(configuration.file, null)
  t.match(configuration.limits, { acceptTimeoutMs: 30_000, tokenGraceSeconds: 0 })
  t.strictSame(configuration.admin, { token: '', allowedHosts: [] })
  t.match(configuration.namespaces, [
    {
      name: 'local-relay',
      hosts: [],
      location: 'westeurope',
      origin: 'file',
      createdAt: '2026-01-02T00:00:00.000Z',
      authorizationRules: [
        {
          name: 'RootManageSharedAccessKey',
          rights: ['Listen', 'Manage', 'Send'],
          primaryKey: wellKnownKey,
        },
      ],
      hybridConnections: [
        {
          name: 'demo',
          requiresClientAuthorization: true,
          userMetadata: '[{"key":"endpoint","value":"echo.onprem.example:7007"}]',
          authorizationRules: [
            {
              name: 'defaultListener',
              rights: ['Listen'],
              primaryKey: publishedKey(
                { namespace: 'local-relay', entity: 'demo', rule: 'defaultListener' },
                'primary',
              ),
            },
            { name: 'defaultSender', rights: ['Send'] },
          ],
        },
        {
          name: 'open',
          requiresClientAuthorization: false,
          userMetadata: undefined,
          authorizationRules: [],
        },
      ],
    },
  ])
})

test('the file of the working directory is found, the named one wins over the variable', async (t) => {
  const cwd = t.testdir({
    'relay-emulator.yml': 'namespaces: [{ name: from-yml }]',
    'relay-emulator.json': '{"namespaces":[{"name":"from-json"}]}',
    'other.yaml': 'namespaces: [{ name: from-other }]',
    'third.yaml': 'namespaces: [{ name: from-third }]',
  })
  const env = { RELAY_EMULATOR_CONFIG: 'other.yaml' }
  const names = async (input: { configFile?: string; env: Record<string, string> }) =>
    (await loadConfiguration({ cwd, now, ...input })).namespaces.map(({ name }) => name)
  t.strictSame(await names({ env: {} }), ['from-yml'])
  t.strictSame(await names({ env }), ['from-other'])
  t.strictSame(await names({ env, configFile: join(cwd, 'third.yaml') }), ['from-third'])
})

test('without a folder to look in only a named file is read', async (t) => {
  const folder = t.testdir({ 'relay-emulator.yaml': 'namespaces: [{ name: contoso }]' })
  const configFile = join(folder, 'relay-emulator.yaml')
  t.equal((await loadConfiguration({ cwd: null, env: {}, now })).file, null)
  t.equal((await loadConfiguration({ cwd: null, env: {}, now, configFile })).file, configFile)
})

test('a named file that is not there is an error', async (t) => {
  const loading = loadConfiguration({ configFile: 'none.yaml', cwd: t.testdir({}), env: {}, now })
  await t.rejects(loading, {
    name: 'ConfigError',
    message: /none.yaml: cannot read .*no such file/,
  })
})

test('keys of the file stay, what it leaves out is filled in, metadata text stays byte for byte', async (t) => {
  const cwd = t.testdir({
    'relay-emulator.json': JSON.stringify({
      namespaces: [
        {
          name: 'Contoso',
          authorizationRules: [
            {
              name: 'rootmanagesharedaccesskey',
              rights: ['Listen'],
              primaryKey: '',
              secondaryKey: 'own',
            },
          ],
          hybridConnections: [
            { name: 'sql', userMetadata: ' [{"key": "endpoint", "value : "host:1"}] ' },
          ],
        },
      ],
      limits: { tokenGraceSeconds: 300 },
    }),
  })
  const { namespaces, limits } = await loadConfiguration({ cwd, env: {}, now })
  t.match(namespaces, [
    {
      authorizationRules: [
        {
          name: 'rootmanagesharedaccesskey',
          rights: ['Listen'],
          primaryKey: wellKnownKey,
          secondaryKey: 'own',
        },
      ],
      hybridConnections: [
        {
          requiresClientAuthorization: true,
          userMetadata: ' [{"key": "endpoint", "value : "host:1"}] ',
        },
      ],
    },
  ])
  t.equal(namespaces[0]?.authorizationRules.length, 1)
  t.match(limits, { tokenGraceSeconds: 300, acceptTimeoutMs: 30_000 })
})

test('random keys differ between starts and stay over a reload', async (t) => {
  const input = { cwd: t.testdir({}), env: {}, now, randomKeys: true }
  const keptKeys = new Map<string, string>()
  const first = await loadConfiguration({ ...input, keptKeys })
  const reloaded = await loadConfiguration({ ...input, keptKeys })
  const restarted = await loadConfiguration(input)
  t.strictSame(reloaded.namespaces, first.namespaces)
  const keysOf = ({ namespaces }: typeof first) => namespaces[0]?.authorizationRules[0]
  t.not(keysOf(first)?.primaryKey, wellKnownKey)
  t.not(keysOf(first)?.primaryKey, keysOf(restarted)?.primaryKey)
  t.not(keysOf(first)?.primaryKey, keysOf(first)?.secondaryKey)
  t.match(keysOf(first)?.primaryKey, /^[A-Za-z0-9+/]{43}=$/)
})

test('random keys are asked for by flag, variable or file, in this order', async (t) => {
  const cwd = t.testdir({ 'relay-emulator.yaml': 'randomKeys: true' })
  const isRandom = async (env: Record<string, string>, randomKeys?: boolean) => {
    const { namespaces } = await loadConfiguration({ cwd, env, now, randomKeys })
    return namespaces[0]?.authorizationRules[0]?.primaryKey !== wellKnownKey
  }
  t.equal(await isRandom({}), true)
  t.equal(await isRandom({ RELAY_EMULATOR_RANDOM_KEYS: 'off' }), false)
  t.equal(await isRandom({ RELAY_EMULATOR_RANDOM_KEYS: 'off' }, true), true)
  t.equal(await isRandom({}, false), false)
})

test('admin settings come from variables before the file', async (t) => {
  const cwd = t.testdir({ 'relay-emulator.yaml': 'admin: { token: from-file, allowedHosts: [a] }' })
  const env = {
    RELAY_EMULATOR_ADMIN_TOKEN: 'from-env',
    RELAY_EMULATOR_ADMIN_ALLOWED_HOSTS: 'b, c,',
  }
  t.strictSame((await loadConfiguration({ cwd, env: {}, now })).admin, {
    token: 'from-file',
    allowedHosts: ['a'],
  })
  t.strictSame((await loadConfiguration({ cwd, env, now })).admin, {
    token: 'from-env',
    allowedHosts: ['b', 'c'],
  })
})

test('the network comes from the file, and variables win', async (t) => {
  const cwd = t.testdir({
    'relay-emulator.yaml': 'network: { gateways: true, stamp: dm3-010, addresses: [10.0.0.5] }',
  })
  const { network } = await loadConfiguration({ cwd, env: {}, now })
  t.strictSame(network, { gateways: true, stamp: 'dm3-010', addresses: ['10.0.0.5'] })
  const env = {
    RELAY_EMULATOR_NETWORK_GATEWAYS: 'off',
    RELAY_EMULATOR_NETWORK_STAMP: 'bn-vaz0001',
    RELAY_EMULATOR_NETWORK_ADDRESSES: '10.0.0.6, fd00::6',
  }
  t.strictSame((await loadConfiguration({ cwd, env, now })).network, {
    gateways: false,
    stamp: 'bn-vaz0001',
    addresses: ['10.0.0.6', 'fd00::6'],
  })
  const none = await loadConfiguration({ cwd: null, env: {}, now })
  t.strictSame(none.network, { gateways: false, stamp: 'local-001', addresses: [] })
})

test('a network that cannot be is told with its place', async (t) => {
  const cwd = t.testdir({
    'relay-emulator.yaml': 'network:\n  addresses:\n    - 10.0.0.5\n    - relay.local\n',
    'stamp.yaml': 'network: { stamp: a.b }',
  })
  await t.rejects(loadConfiguration({ cwd, env: {}, now }), {
    message: /relay-emulator\.yaml:4:7 network\.addresses\[1\]: must be an IP address/,
  })
  await t.rejects(loadConfiguration({ cwd, configFile: join(cwd, 'stamp.yaml'), env: {}, now }), {
    message: /network\.stamp: must be letters and digits/,
  })
  for (const [name, value] of Object.entries({
    RELAY_EMULATOR_NETWORK_GATEWAYS: 'maybe',
    RELAY_EMULATOR_NETWORK_STAMP: 'a.b',
    RELAY_EMULATOR_NETWORK_ADDRESSES: '10.0.0.5,relay.local',
  })) {
    await t.rejects(loadConfiguration({ cwd: null, env: { [name]: value }, now }), {
      code: 'RELAY_CONFIG_INVALID',
      message: new RegExp(name),
    })
  }
})
