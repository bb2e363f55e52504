import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import type { Test } from 'tap'
import type { HybridConnection, Namespace, NetworkRuleSet } from '../../protocol/entity.ts'
import { openFileStore } from './file-store.ts'
import type { StateFileError } from '../state-file.ts'
import { MemoryStore } from './memory-store.ts'

const at = '2025-01-01T00:00:00.000Z'
const fileNamespace: Namespace = {
  name: 'contoso',
  hosts: [],
  location: 'westeurope',
  authorizationRules: [],
  hybridConnections: [],
  origin: 'file',
  createdAt: at,
  updatedAt: at,
}

/** A store with one namespace of the configuration, backed by `file`. */
async function open(t: Test, file: string, namespaces: readonly Namespace[] = [fileNamespace]) {
  const store = new MemoryStore()
  store.replaceFileEntities(namespaces)
  const errors: StateFileError[] = []
  const fileStore = await openFileStore({ file, store, onError: (error) => errors.push(error) })
  t.teardown(() => fileStore.close().catch(() => {}))
  return { store, fileStore, errors }
}

test('entities made at run time are there after a restart, with their keys and times', async (t) => {
  const file = join(t.testdir({}), 'data', 'entities.json')
  const first = await open(t, file)
  first.store.putNamespace('Fabrikam', { hosts: ['f.example'], location: 'uksouth' })
  first.store.putHybridConnection('fabrikam', 'Team/Web', { requiresClientAuthorization: false })
  first.store.putHybridConnection('contoso', 'sql', { userMetadata: ' "as is ' })
  first.store.putRule({ namespace: 'contoso', hybridConnection: 'sql' }, 'sender', ['Send'])
  await first.fileStore.close()
  const second = await open(t, file)
  t.strictSame(second.store.list(), first.store.list())
  t.strictSame(second.fileStore.clashes, [])
})

test('entities of the configuration are not written', async (t) => {
  const file = join(t.testdir({}), 'entities.json')
  const { store, fileStore } = await open(t, file)
  store.putHybridConnection('contoso', 'sql', {})
  await fileStore.flush()
  const document: unknown = JSON.parse(await readFile(file, 'utf8'))
  t.match(document, {
    version: 1,
    namespaces: [],
    hybridConnections: [{ namespace: 'contoso', name: 'sql' }],
  })
})

test('rules and network rules put on entities of the configuration are there after a restart', async (t) => {
  const file = join(t.testdir({}), 'entities.json')
  const web: HybridConnection = {
    name: 'web',
    requiresClientAuthorization: true,
    userMetadata: undefined,
    authorizationRules: [],
    origin: 'file',
    createdAt: at,
    updatedAt: at,
  }
  const configured = [{ ...fileNamespace, hybridConnections: [web] }]
  const networkRules: NetworkRuleSet = {
    publicNetworkAccess: 'Enabled',
    defaultAction: 'Deny',
    ipRules: [{ ipMask: '10.0.0.0/8', action: 'Allow' }],
    trustedServiceAccessEnabled: false,
  }
  const first = await open(t, file, configured)
  const { primaryKey } = first.store.putRule(
    { namespace: 'contoso', hybridConnection: 'web' },
    'defaultSender',
    ['Send'],
  )
  first.store.putRule({ namespace: 'contoso' }, 'reader', ['Listen'])
  first.store.putNamespace('contoso', { networkRules, tags: { a: 'b' } })
  await first.fileStore.close()
  const second = await open(t, file, configured)
  t.match(second.store.list(), [
    {
      networkRules,
      tags: { a: 'b' },
      authorizationRules: [{ name: 'reader' }],
      hybridConnections: [{ authorizationRules: [{ name: 'defaultSender', primaryKey }] }],
    },
  ])
  t.strictSame(second.fileStore.clashes, [])
  const taken = { name: 'reader', rights: ['Send'], primaryKey: 'p', secondaryKey: 's' } as const
  const third = await open(t, file, [{ ...fileNamespace, authorizationRules: [taken] }])
  t.strictSame(third.store.get('contoso')?.authorizationRules, [taken])
  t.strictSame(third.fileStore.clashes, [
    { namespace: 'contoso', hybridConnection: null, rule: 'reader', outcome: 'overwritten' },
    { namespace: 'contoso', hybridConnection: 'web', rule: 'defaultSender', outcome: 'removed' },
  ])
})

test('a flush waits for every change before it, and nothing but the file is left', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'entities.json')
  const { store, fileStore } = await open(t, file)
  for (let round = 0; round < 20; round++) {
    store.putHybridConnection('contoso', `hc${round}`, {})
    if (round % 7 === 0) await fileStore.flush()
  }
  await fileStore.flush()
  const { hybridConnections } = JSON.parse(await readFile(file, 'utf8')) as {
    hybridConnections: unknown[]
  }
  t.equal(hybridConnections.length, 20)
  t.strictSame(await readdir(folder), ['entities.json'])
})

test('only the owner can read the file', { skip: process.platform === 'win32' }, async (t) => {
  const file = join(t.testdir({}), 'data', 'entities.json')
  const { store, fileStore } = await open(t, file)
  store.putHybridConnection('contoso', 'sql', {})
  await fileStore.flush()
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.equal((await stat(join(file, '..'))).mode & 0o777, 0o700)
})

test('a damaged file is refused and left as it is', async (t) => {
  const rule = { name: 'r', rights: ['Send'], primaryKey: 'cAnArY', secondaryKey: 'cAnArY' }
  const namespace = {
    name: 'fabrikam',
    hosts: [],
    location: 'x',
    authorizationRules: [rule],
    createdAt: at,
    updatedAt: at,
  }
  for (const text of [
    '',
    '{"version":1',
    '[]',
    '{"version":"one"}',
    '{"version":0,"namespaces":[],"hybridConnections":[]}',
    '{"version":1}',
    JSON.stringify({ version: 1, namespaces: [{ ...namespace, name: 7 }], hybridConnections: [] }),
    JSON.stringify({
      version: 1,
      namespaces: [{ ...namespace, authorizationRules: [{ ...rule, rights: ['Read'] }] }],
      hybridConnections: [],
    }),
    JSON.stringify({
      version: 1,
      namespaces: [],
      hybridConnections: [{ ...namespace, namespace: 'contoso' }],
    }),
  ]) {
    const file = join(t.testdir({ 'entities.json': text }), 'entities.json')
    const opening = open(t, file)
    await t.rejects(
      opening,
      { code: 'RELAY_STORE_DAMAGED', message: /entities.json is damaged. Move it away/ },
      text,
    )
    t.equal(await readFile(file, 'utf8'), text)
    await opening.catch(({ message }: Error) => t.notMatch(message, 'cAnArY'))
  }
})

test('a file of a newer version is refused and left as it is', async (t) => {
  const text = '{"version":2,"entities":{}}'
  const file = join(t.testdir({ 'entities.json': text }), 'entities.json')
  await t.rejects(open(t, file), { code: 'RELAY_STORE_NEWER', message: /newer relay-emulator/ })
  t.equal(await readFile(file, 'utf8'), text)
})

test('what the configuration took over since is reported', async (t) => {
  const file = join(t.testdir({}), 'entities.json')
  const first = await open(t, file)
  first.store.putHybridConnection('contoso', 'sql', {})
  first.store.putNamespace('fabrikam', {})
  await first.fileStore.close()
  const second = await open(t, file, [{ ...fileNamespace, name: 'Fabrikam' }])
  t.strictSame(second.fileStore.clashes, [
    { namespace: 'fabrikam', hybridConnection: null, outcome: 'overwritten' },
    { namespace: 'contoso', hybridConnection: 'sql', outcome: 'removed' },
  ])
  t.strictSame(
    second.store.list().map(({ name, origin }) => `${name} ${origin}`),
    ['Fabrikam file'],
  )
})

test('a write that fails is told, and tried again', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'data', 'entities.json')
  const { store, fileStore, errors } = await open(t, file)
  // A file where the folder should be fails for every user, root too.
  await writeFile(join(folder, 'data'), '')
  store.putHybridConnection('contoso', 'sql', {})
  await t.rejects(fileStore.flush(), {
    code: 'RELAY_STORE_FAILED',
    message: /entities.json cannot be written: E/,
  })
  t.equal(errors.length, 1)
  await rm(join(folder, 'data'))
  await fileStore.flush()
  t.match(await readFile(file, 'utf8'), /"sql"/)
})
