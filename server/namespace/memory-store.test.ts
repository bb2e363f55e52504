import { test } from 'tap'
import type { HybridConnection, Namespace } from '../../protocol/entity.ts'
import { MemoryStore } from './memory-store.ts'
import type { EntityChange } from './store.ts'

/** A store whose clock moves a second with each look, and the changes it told of. */
function startStore() {
  let nowMs = Date.UTC(2026, 0, 1)
  const store = new MemoryStore(() => (nowMs += 1000))
  const changes: EntityChange[] = []
  const unsubscribe = store.subscribe((change) => changes.push(change))
  return { store, changes, unsubscribe }
}

const fileTime = '2025-01-01T00:00:00.000Z'
const times = { origin: 'file', createdAt: fileTime, updatedAt: fileTime } as const
const fileEntity = (name: string, userMetadata?: string): HybridConnection => ({
  name,
  requiresClientAuthorization: true,
  userMetadata,
  authorizationRules: [],
  ...times,
})
const fileNamespace = (name: string, ...hybridConnections: HybridConnection[]): Namespace => ({
  name,
  hosts: [],
  location: 'westeurope',
  authorizationRules: [],
  hybridConnections,
  ...times,
})

test('names are found in any case and kept as first written', async (t) => {
  const { store } = startStore()
  store.putNamespace('Contoso', {})
  store.putHybridConnection('contoso', 'Team/SQL', {})
  store.putHybridConnection('CONTOSO', 'team/sql', { userMetadata: 'x' })
  store.putRule({ namespace: 'contoso', hybridConnection: 'TEAM/sql' }, 'Sender', ['Send'])
  store.putRule({ namespace: 'contoso', hybridConnection: 'team/SQL' }, 'sender', ['Listen'])
  t.equal(store.get('CONTOSO')?.name, 'Contoso')
  t.match(store.hybridConnection('contoso', 'TEAM/SQL'), {
    name: 'Team/SQL',
    userMetadata: 'x',
    authorizationRules: [{ name: 'Sender', rights: ['Listen'] }],
  })
  t.equal(store.list().length, 1)
  t.equal(store.list()[0]?.hybridConnections.length, 1)
})

test('a new namespace has the root rule with random keys', async (t) => {
  // management-plane 4.2, 4.4
  const { store } = startStore()
  const [rule] = store.putNamespace('contoso', {}).authorizationRules
  t.match(rule, { name: 'RootManageSharedAccessKey', rights: ['Listen', 'Manage', 'Send'] })
  t.match(rule?.primaryKey, /^[A-Za-z0-9+/]{43}=$/)
  t.not(rule?.primaryKey, store.putNamespace('fabrikam', {}).authorizationRules[0]?.primaryKey)
  t.match(store.get('contoso'), { origin: 'runtime', location: 'westeurope', hosts: [] })
})

test('a namespace keeps what a PUT leaves out', async (t) => {
  const { store } = startStore()
  const before = store.putNamespace('contoso', { hosts: ['a.example'], location: 'uksouth' })
  const after = store.putNamespace('CONTOSO', {})
  t.match(after, {
    name: 'contoso',
    hosts: ['a.example'],
    location: 'uksouth',
    createdAt: before.createdAt,
  })
  t.ok(after.updatedAt > before.updatedAt)
  t.same(after.authorizationRules, before.authorizationRules)
})

test('a PUT of a hybrid connection replaces it', async (t) => {
  // management-plane 4.3
  const { store } = startStore()
  store.putNamespace('contoso', {})
  const first = store.putHybridConnection('contoso', 'sql', { userMetadata: ' as "is' })
  t.match(first, {
    requiresClientAuthorization: true,
    userMetadata: ' as "is',
    authorizationRules: [],
    origin: 'runtime',
  })
  store.putRule({ namespace: 'contoso', hybridConnection: 'sql' }, 'sender', ['Send'])
  const second = store.putHybridConnection('contoso', 'sql', {})
  t.equal(second.userMetadata, undefined)
  t.equal(second.createdAt, first.createdAt)
  t.ok(second.updatedAt > first.updatedAt)
  t.match(second.authorizationRules, [{ name: 'sender' }])
  t.equal(store.putHybridConnection('contoso', 'sql', { userMetadata: '' }).userMetadata, '')
})

test('client authorization cannot be changed later', async (t) => {
  const { store } = startStore()
  store.putNamespace('contoso', {})
  store.putHybridConnection('contoso', 'open', { requiresClientAuthorization: false })
  t.match(store.putHybridConnection('contoso', 'open', { requiresClientAuthorization: false }), {
    requiresClientAuthorization: false,
  })
  for (const requiresClientAuthorization of [true, undefined]) {
    t.throws(() => store.putHybridConnection('contoso', 'open', { requiresClientAuthorization }), {
      code: 'RELAY_INPUT_INVALID',
      target: 'requiresClientAuthorization',
    })
  }
})

test('a rule keeps its keys when its rights change, and moves the time of its holder', async (t) => {
  const { store } = startStore()
  store.putNamespace('contoso', {})
  const entity = store.putHybridConnection('contoso', 'sql', {})
  const scope = { namespace: 'contoso', hybridConnection: 'sql' }
  const first = store.putRule(scope, 'app', ['Send', 'Send'])
  t.same(first.rights, ['Send'])
  const second = store.putRule(scope, 'app', ['Listen', 'Send', 'Manage'])
  t.match(second, {
    primaryKey: first.primaryKey,
    secondaryKey: first.secondaryKey,
    rights: { length: 3 },
  })
  const afterPut = store.hybridConnection('contoso', 'sql')
  t.ok((afterPut?.updatedAt ?? '') > entity.updatedAt)
  t.equal(store.deleteRule(scope, 'APP'), true)
  t.equal(store.deleteRule(scope, 'app'), false)
  t.ok((store.hybridConnection('contoso', 'sql')?.updatedAt ?? '') > (afterPut?.updatedAt ?? ''))
  t.not(store.putRule(scope, 'app', ['Send']).primaryKey, first.primaryKey)
})

test('one key is regenerated at a time, to a random one or the given one', async (t) => {
  const { store } = startStore()
  store.putNamespace('contoso', {})
  const scope = { namespace: 'contoso' }
  const before = store.putRule(scope, 'app', ['Send'])
  const random = store.regenerateKey(scope, 'APP', 'PrimaryKey')
  t.not(random.primaryKey, before.primaryKey)
  t.equal(random.secondaryKey, before.secondaryKey)
  const key = Buffer.alloc(32, 7).toString('base64')
  t.match(store.regenerateKey(scope, 'app', 'SecondaryKey', key), {
    primaryKey: random.primaryKey,
    secondaryKey: key,
  })
  for (const bad of [
    '',
    'short',
    Buffer.alloc(31).toString('base64'),
    `${key} `,
    key.replace('=', ''),
  ]) {
    t.throws(() => store.regenerateKey(scope, 'app', 'PrimaryKey', bad), {
      code: 'RELAY_INPUT_INVALID',
      target: 'key',
    })
  }
})

test('bad input is refused and changes nothing', async (t) => {
  const { store, changes } = startStore()
  store.putNamespace('contoso', { hosts: ['a.example'] })
  store.putNamespace('fabrikam', {})
  store.putHybridConnection('contoso', 'sql', {})
  const before = JSON.stringify(store.list())
  const seen = changes.length
  const scope = { namespace: 'contoso' }
  for (const [change, code, target] of [
    [() => store.putNamespace('x', {}), 'RELAY_INPUT_INVALID', 'name'],
    [() => store.putNamespace('fabrikam', { hosts: ['a b'] }), 'RELAY_INPUT_INVALID', 'hosts'],
    [() => store.putNamespace('fabrikam', { hosts: ['A.example'] }), 'RELAY_NAME_TAKEN', 'hosts'],
    [() => store.putNamespace('tailspin', { hosts: ['localhost'] }), 'RELAY_NAME_TAKEN', 'hosts'],
    [() => store.putHybridConnection('nobody', 'sql', {}), 'RELAY_ENTITY_NOT_FOUND', 'namespace'],
    [() => store.putHybridConnection('contoso', '/x', {}), 'RELAY_INPUT_INVALID', 'name'],
    [
      () => store.putHybridConnection('contoso', 'sql', { userMetadata: 'x'.repeat(1025) }),
      'RELAY_INPUT_INVALID',
      'userMetadata',
    ],
    [() => store.putRule(scope, 'a b', ['Send']), 'RELAY_INPUT_INVALID', 'name'],
    [() => store.putRule(scope, 'a', []), 'RELAY_INPUT_INVALID', 'rights'],
    [() => store.putRule(scope, 'a', ['Manage', 'Send']), 'RELAY_INPUT_INVALID', 'rights'],
    [
      () => store.putRule({ namespace: 'nobody' }, 'a', ['Send']),
      'RELAY_ENTITY_NOT_FOUND',
      'namespace',
    ],
    [
      () => store.putRule({ ...scope, hybridConnection: 'none' }, 'a', ['Send']),
      'RELAY_ENTITY_NOT_FOUND',
      'hybridConnection',
    ],
    [
      () => store.deleteRule({ ...scope, hybridConnection: 'none' }, 'a'),
      'RELAY_ENTITY_NOT_FOUND',
      'hybridConnection',
    ],
    [
      () => store.regenerateKey(scope, 'none', 'PrimaryKey'),
      'RELAY_ENTITY_NOT_FOUND',
      'authorizationRule',
    ],
  ] as const) {
    t.throws(change, { code, target }, `${code} ${target}`)
  }
  t.equal(store.deleteNamespace('nobody'), false)
  t.equal(store.deleteHybridConnection('contoso', 'none'), false)
  t.equal(JSON.stringify(store.list()), before)
  t.equal(changes.length, seen)
})

test('the 13th rule is refused, changing one of the twelve is not', async (t) => {
  // relay-protocol 8.1
  const { store } = startStore()
  const scope = { namespace: 'contoso' }
  store.putNamespace('contoso', {})
  for (let count = 1; count < 12; count++) store.putRule(scope, `r${count}`, ['Send'])
  t.throws(() => store.putRule(scope, 'r12', ['Send']), { code: 'RELAY_LIMIT' })
  t.match(store.putRule(scope, 'r1', ['Listen']), { rights: ['Listen'] })
})

test('the 10,001st entity is refused', async (t) => {
  // relay-protocol 8.1
  const { store } = startStore()
  store.putNamespace('contoso', {})
  for (let count = 0; count < 10_000; count++)
    store.putHybridConnection('contoso', `hc${count}`, {})
  t.throws(() => store.putHybridConnection('contoso', 'more', {}), { code: 'RELAY_LIMIT' })
  t.match(store.putHybridConnection('contoso', 'hc7', { userMetadata: 'x' }), { userMetadata: 'x' })
})

test('each change is told once, after it was made', async (t) => {
  const { store, changes, unsubscribe } = startStore()
  const seen: (string | undefined)[] = []
  const stop = store.subscribe(({ hybridConnection }) => {
    if (hybridConnection)
      seen.push(store.hybridConnection('contoso', hybridConnection)?.userMetadata)
  })
  store.putNamespace('contoso', {})
  store.putHybridConnection('Contoso', 'sql', { userMetadata: 'a' })
  store.putHybridConnection('contoso', 'SQL', { userMetadata: 'b' })
  store.putRule({ namespace: 'contoso' }, 'r', ['Send'])
  store.deleteNamespace('CONTOSO')
  t.strictSame(
    changes.map(
      ({ change, namespace, hybridConnection }) => `${change} ${namespace} ${hybridConnection}`,
    ),
    [
      'created contoso null',
      'created contoso sql',
      'changed contoso sql',
      'changed contoso null',
      'deleted contoso sql',
      'deleted contoso null',
    ],
  )
  t.strictSame(seen, ['a', 'b', undefined])
  stop()
  unsubscribe()
  store.putNamespace('fabrikam', {})
  t.equal(changes.length, 6)
})

test('lists are the same objects until something changes', async (t) => {
  const { store } = startStore()
  store.putNamespace('contoso', {})
  const list = store.list()
  t.equal(store.list(), list)
  t.equal(store.get('contoso'), list[0])
  store.putHybridConnection('contoso', 'sql', {})
  t.not(store.list(), list)
  t.equal(list[0]?.hybridConnections.length, 0)
})

test('a reload adds, changes and removes what the file says and leaves run-time entities alone', async (t) => {
  // product 4
  const { store, changes } = startStore()
  store.replaceFileEntities([
    fileNamespace('contoso', fileEntity('same'), fileEntity('edited'), fileEntity('gone')),
  ])
  store.putHybridConnection('contoso', 'runtime', {})
  store.putNamespace('tailspin', {})
  const before = store.hybridConnection('contoso', 'same')
  changes.length = 0
  const clashes = store.replaceFileEntities([
    fileNamespace('fabrikam'),
    fileNamespace('contoso', fileEntity('new'), fileEntity('same'), fileEntity('edited', 'x')),
  ])
  t.strictSame(clashes, [])
  t.strictSame(
    changes.map(
      ({ change, namespace, hybridConnection }) => `${change} ${namespace} ${hybridConnection}`,
    ),
    [
      'created fabrikam null',
      'created contoso new',
      'changed contoso edited',
      'deleted contoso gone',
    ],
  )
  t.strictSame(
    store.list().map(({ name }) => name),
    ['fabrikam', 'contoso', 'tailspin'],
  )
  t.strictSame(
    store.get('contoso')?.hybridConnections.map(({ name, origin }) => `${name} ${origin}`),
    ['new file', 'same file', 'edited file', 'runtime runtime'],
  )
  t.strictSame(store.hybridConnection('contoso', 'same'), before)
  t.equal(store.hybridConnection('contoso', 'edited')?.createdAt, fileTime)
  t.ok((store.hybridConnection('contoso', 'edited')?.updatedAt ?? '') > fileTime)
})

test('an edit of a file entity lasts until the next reload, a rule made beside it stays', async (t) => {
  const { store } = startStore()
  const file = [fileNamespace('contoso', fileEntity('sql', 'file'))]
  store.replaceFileEntities(file)
  t.match(store.putHybridConnection('contoso', 'sql', { userMetadata: 'edit' }), {
    origin: 'file',
    userMetadata: 'edit',
  })
  store.putRule({ namespace: 'contoso' }, 'extra', ['Send'])
  store.replaceFileEntities(file)
  t.equal(store.hybridConnection('contoso', 'sql')?.userMetadata, 'file')
  t.match(store.get('contoso')?.authorizationRules, [{ name: 'extra', origin: 'runtime' }])
  store.deleteHybridConnection('contoso', 'sql')
  store.replaceFileEntities(file)
  t.ok(store.hybridConnection('contoso', 'sql'))
})

test('a run-time entity that gives way to the file is reported', async (t) => {
  const { store } = startStore()
  store.putNamespace('Contoso', {})
  store.putHybridConnection('contoso', 'SQL', { userMetadata: 'runtime' })
  store.putHybridConnection('contoso', 'other', {})
  t.strictSame(store.replaceFileEntities([fileNamespace('contoso', fileEntity('sql', 'file'))]), [
    { namespace: 'contoso', hybridConnection: null, outcome: 'overwritten' },
    { namespace: 'contoso', hybridConnection: 'sql', outcome: 'overwritten' },
  ])
  t.match(store.hybridConnection('contoso', 'sql'), { origin: 'file', userMetadata: 'file' })
  t.match(store.hybridConnection('contoso', 'other'), { origin: 'runtime' })
  t.strictSame(store.replaceFileEntities([]), [
    { namespace: 'contoso', hybridConnection: 'other', outcome: 'removed' },
  ])
  t.strictSame(store.list(), [])
})

test('a file entity that was in the way of nothing is no clash on the second load', async (t) => {
  const { store, changes } = startStore()
  const file = [fileNamespace('contoso', fileEntity('sql'))]
  store.replaceFileEntities(file)
  changes.length = 0
  t.strictSame(store.replaceFileEntities(file), [])
  t.strictSame(changes, [])
})
