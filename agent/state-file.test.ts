import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { StateFile } from './state-file.ts'

const CONNECTION = {
  connectionString: 'Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=CANARY;EntityPath=e',
  namespace: 'contoso',
  endpoint: 'db:5432',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-02T00:00:00Z',
}

test('what was written is read again, by its owner alone', async (t) => {
  const folder = t.testdir()
  const state = { connectTo: ['a:1:b:2'], connections: [CONNECTION] }
  await new StateFile(folder).write(state)
  t.strictSame(await new StateFile(folder).read(), state)
  if (process.platform !== 'win32') {
    t.equal((await stat(join(folder, 'hcm.json'))).mode & 0o777, 0o600)
  }
})

test('a folder without a file is empty', async (t) => {
  t.strictSame(await new StateFile(t.testdir()).read(), { connectTo: [], connections: [] })
})

test('files of the first versions are read', async (t) => {
  const { connectionString, endpoint, createdAt, updatedAt } = CONNECTION
  const first = { version: 1, connections: [{ connectionString, endpoint }] }
  const second = { ...first, version: 2, connectTo: ['a:1:b:2'] }
  const unknown = { namespace: '', createdAt: '', updatedAt: '' }
  for (const [document, expected] of [
    [first, { connectTo: [], connections: [{ connectionString, endpoint, ...unknown }] }],
    [
      { ...second, connections: [{ connectionString, endpoint, createdAt, updatedAt }] },
      { connectTo: ['a:1:b:2'], connections: [{ ...CONNECTION, namespace: '' }] },
    ],
  ] as const) {
    const folder = t.testdir({ 'hcm.json': JSON.stringify(document) })
    t.same(await new StateFile(folder).read(), expected)
  }
})

test('the newest of many writes is the one that stays', async (t) => {
  const folder = t.testdir()
  const file = new StateFile(folder)
  const counts = [1, 2, 3, 4, 5]
  const writes = counts.map((count) =>
    file.write({ connectTo: Array<string>(count).fill('a:1:b:2'), connections: [] }),
  )
  await file.flush()
  await Promise.all(writes)
  t.equal((await new StateFile(folder).read()).connectTo.length, 5)
})

test('a damaged file, or one of a later version, is refused, left as it is, and not quoted', async (t) => {
  for (const [text, code] of [
    ['{"version":2,"CANARY', 'HCM_STATE_DAMAGED'],
    ['', 'HCM_STATE_DAMAGED'],
    ['[]', 'HCM_STATE_DAMAGED'],
    ['{}', 'HCM_STATE_DAMAGED'],
    ['{"version":2,"connectTo":[],"connections":"CANARY"}', 'HCM_STATE_DAMAGED'],
    ['{"version":2,"connectTo":[1],"connections":[]}', 'HCM_STATE_DAMAGED'],
    ['{"version":2,"connectTo":[],"connections":[{"connectionString":1}]}', 'HCM_STATE_DAMAGED'],
    ['{"version":4,"connections":[]}', 'HCM_STATE_NEWER'],
  ] as const) {
    const folder = t.testdir()
    const path = join(folder, 'hcm.json')
    await writeFile(path, text)
    const error = await new StateFile(folder).read().then(
      () => t.fail(`read ${text}`),
      (thrown: unknown) => thrown,
    )
    t.match(error, { code, message: path }, text)
    t.notMatch(error, { message: /CANARY/ })
    t.equal(await readFile(path, 'utf8'), text)
  }
})
