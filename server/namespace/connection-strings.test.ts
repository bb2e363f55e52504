import { test } from 'tap'
import type {
  AuthorizationRule,
  Claim,
  HybridConnection,
  Namespace,
} from '../../protocol/entity.ts'
import { connectionStrings, readyNamespaces } from './connection-strings.ts'

const times = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' }
const rule = (name: string, ...rights: Claim[]): AuthorizationRule => ({
  name,
  rights,
  primaryKey: `key-of-${name}`,
  secondaryKey: 'second',
})
const root = rule('RootManageSharedAccessKey', 'Listen', 'Manage', 'Send')
const entity = (name: string, ...authorizationRules: AuthorizationRule[]): HybridConnection => ({
  name,
  requiresClientAuthorization: true,
  userMetadata: undefined,
  authorizationRules,
  origin: 'file',
  ...times,
})
const namespace = (name: string, parts: Partial<Namespace> = {}): Namespace => ({
  name,
  hosts: [],
  location: 'westeurope',
  authorizationRules: [root],
  hybridConnections: [],
  origin: 'file',
  ...times,
  ...parts,
})

test('the ready document names localhost for the first namespace and a reachable name for others', async (t) => {
  // product 3, ready document
  const ready = readyNamespaces(
    [
      namespace('Contoso', { hosts: ['a.example'] }),
      namespace('fabrikam', { hosts: ['fd00::1'] }),
      namespace('Tailspin'),
    ],
    9443,
  )
  t.strictSame(
    ready.map(({ name, host, connectionString }) => [name, host, connectionString.split(';')[0]]),
    [
      ['Contoso', 'localhost', 'Endpoint=sb://localhost:9443/'],
      ['fabrikam', 'fd00::1', 'Endpoint=sb://[fd00::1]:9443/'],
      [
        'Tailspin',
        'tailspin.servicebus.localhost',
        'Endpoint=sb://tailspin.servicebus.localhost:9443/',
      ],
    ],
  )
})

test('listen and send strings take the first rule with only that right', async (t) => {
  const both = rule('both', 'Listen', 'Send')
  const hybridConnections = [
    entity('own', both, rule('listener', 'Listen'), rule('sender', 'Send'), rule('later', 'Send')),
    entity('bare', both),
  ]
  const authorizationRules = [root, rule('allListeners', 'Listen')]
  const [ready] = readyNamespaces(
    [namespace('contoso', { authorizationRules, hybridConnections })],
    443,
  )
  const end = (entityPath: string, name: string) =>
    `Endpoint=sb://localhost:443/;SharedAccessKeyName=${name};SharedAccessKey=key-of-${name};EntityPath=${entityPath}`
  t.strictSame(ready?.hybridConnections, [
    {
      name: 'own',
      connectionString: end('own', 'RootManageSharedAccessKey'),
      listenConnectionString: end('own', 'listener'),
      sendConnectionString: end('own', 'sender'),
    },
    {
      name: 'bare',
      connectionString: end('bare', 'RootManageSharedAccessKey'),
      listenConnectionString: end('bare', 'allListeners'),
      sendConnectionString: end('bare', 'RootManageSharedAccessKey'),
    },
  ])
})

test('without a rule that could make it a string is empty', async (t) => {
  const authorizationRules = [rule('listener', 'Listen')]
  const [ready] = readyNamespaces(
    [namespace('contoso', { authorizationRules, hybridConnections: [entity('sql')] })],
    1,
  )
  t.match(ready, {
    connectionString: '',
    hybridConnections: [
      { listenConnectionString: /SharedAccessKeyName=listener/, sendConnectionString: '' },
    ],
  })
})

test('no string carries a key that official clients refuse', async (t) => {
  const text = JSON.stringify(
    readyNamespaces([namespace('contoso', { hybridConnections: [entity('sql')] })], 9443),
  )
  t.notMatch(text, 'UseDevelopmentEmulator')
})

test('every spelling of a string is offered', async (t) => {
  const input = {
    namespace: namespace('Contoso', { hosts: ['relay.local'] }),
    rule: root,
    port: 9443,
  }
  const first = connectionStrings({ ...input, isFirst: true, hybridConnection: 'sql' })
  t.match(first, {
    local: /^Endpoint=sb:\/\/localhost:9443\/;.*;EntityPath=sql$/,
    configured: [/^Endpoint=sb:\/\/relay.local:9443\/;/],
    azure: /^Endpoint=sb:\/\/contoso.servicebus.windows.net\/;.*;EntityPath=sql$/,
  })
  const other = connectionStrings({ ...input, isFirst: false })
  t.match(other.local, /^Endpoint=sb:\/\/relay.local:9443\//)
  t.notMatch(other.local, 'EntityPath')
})
