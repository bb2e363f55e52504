import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { openManagementState } from './management-state.ts'

const group = { name: 'RG1', location: 'westus2', tags: { a: 'b' } }
const open = (file: string | null) => openManagementState({ file, onError: () => {} })

test('rows are there after a restart, found without case, in a file for the owner alone', async (t) => {
  const file = join(t.testdir({}), 'data', 'management.json')
  const first = await open(file)
  const all = Array.from({ length: 20 }, (_unused, index) => `rg${index}`)
  // Changes that come together are all kept.
  for (const name of all) first.tables.resourceGroups.put(name, { ...group, name })
  first.tables.resourceGroups.put('RG1', group)
  await first.close()
  if (process.platform !== 'win32') t.equal((await stat(file)).mode & 0o777, 0o600)
  const second = await open(file)
  t.equal(second.tables.resourceGroups.list().length, 20)
  t.strictSame(second.tables.resourceGroups.get('rg1'), group)
  second.tables.resourceGroups.deleteWhere(({ name }) => name !== 'RG1')
  await second.close()
  t.strictSame((await open(file)).tables.resourceGroups.list(), [group])
})

test('a damaged or newer file is refused with what to do, and left as it is', async (t) => {
  const file = join(t.testdir({}), 'management.json')
  for (const [text, code] of [
    ['{', 'RELAY_STORE_DAMAGED'],
    ['{"version":1,"resourceGroups":{"a":{"name":1}}}', 'RELAY_STORE_DAMAGED'],
    ['{"version":2}', 'RELAY_STORE_NEWER'],
  ] as const) {
    await writeFile(file, text)
    await t.rejects(open(file), { code, message: /management\.json.*Move it away/ })
    t.equal(await readFile(file, 'utf8'), text)
  }
})

test('without a file nothing is kept', async (t) => {
  const state = await open(null)
  state.tables.resourceGroups.put('rg1', group)
  state.clear()
  t.strictSame(state.tables.resourceGroups.list(), [])
  await state.close()
})
