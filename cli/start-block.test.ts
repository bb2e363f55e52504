import { test } from 'tap'
import {
  DEFAULT_NAMESPACES,
  namespacesFromConfig,
} from '../server/config/namespaces-from-config.ts'
import { publishedKeys } from '../server/config/rule-keys.ts'
import { blockFields, formatBlock, selfCommand } from './start-block.ts'
import type { StartFacts } from './start-block.ts'

const facts: StartFacts = {
  version: '1.2.3',
  pid: 42,
  urls: {
    relay: 'sb://localhost:9443/',
    plain: 'http://localhost:9480/',
    admin: 'http://127.0.0.1:9400/',
  },
  azure: {
    armUrl: 'https://localhost:9444',
    tenantId: '2222',
    subscriptionId: '1111',
    clientId: '4444',
    clientSecret: 'the-secret',
  },
  port: 9443,
  namespaces: namespacesFromConfig(DEFAULT_NAMESPACES, publishedKeys, 0),
  caFile: '/data/ca.pem',
  seed: 7,
  profile: '2025',
  dataDir: '/data',
  configFile: null,
  warnings: ['mind the step'],
  self: 'relay-emulator',
  isDefaultAdmin: true,
}

test('the block holds what a person needs to begin (product 3)', async (t) => {
  const text = formatBlock(facts)
  for (const part of [
    'relay-emulator 1.2.3 is running, pid 42',
    'https://localhost:9443/  wss://localhost:9443/$hc/...',
    'http://localhost:9480/',
    'http://127.0.0.1:9400/',
    'https://localhost:9444  tenant 2222  subscription 1111',
    '4444  secret the-secret',
    '/data/ca.pem',
    '7, 2025',
    'hybrid connection demo  (senders need a token, endpoint echo.onprem.example:7007)',
    'hybrid connection open  (anonymous senders',
    '\n  curl --cacert /data/ca.pem https://localhost:9443/\n',
    '\n  relay-emulator status\n',
    'Warning: mind the step\n',
  ])
    t.ok(text.includes(part), part)
})

test('commands to try name the admin port where tools would not find it', async (t) => {
  t.match(
    formatBlock({ ...facts, isDefaultAdmin: false }),
    /relay-emulator status --admin http:\/\/127\.0\.0\.1:9400\n/,
  )
})

test('with an admin token the block has the link that logs a browser in', async (t) => {
  const loginLink = 'http://127.0.0.1:9400/#/login/abc'
  t.match(formatBlock({ ...facts, loginLink }), /dashboard +http:\S+#\/login\/abc {2}\(once/)
  t.match(blockFields({ ...facts, loginLink }, {}), { loginLink })
})

test('what is not there is not shown', async (t) => {
  const text = formatBlock({
    ...facts,
    urls: { ...facts.urls, plain: null },
    caFile: null,
    dataDir: null,
    namespaces: [],
    warnings: [],
  })
  t.notMatch(text, /clear text|--cacert|Warning|undefined|null/)
  t.match(text, /the certificate is your own/)
})

test('as JSON the block is the ready document and what that lacks', async (t) => {
  t.match(blockFields(facts, { pid: 42, arm: null }), {
    pid: 42,
    arm: null,
    urls: facts.urls,
    profile: '2025',
    warnings: ['mind the step'],
    try: ['curl --cacert /data/ca.pem https://localhost:9443/'],
  })
})

test('lines to try call the program as it was called here', async (t) => {
  t.equal(selfCommand({}), 'relay-emulator')
  t.equal(
    selfCommand({ npm_lifecycle_event: 'npx', npm_package_name: 'mine' }),
    'npx relay-emulator',
  )
  t.equal(
    selfCommand({ npm_lifecycle_event: 'start', npm_package_name: 'relay-emulator' }),
    'npm run --silent emulator --',
  )
})
