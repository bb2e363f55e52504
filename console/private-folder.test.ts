import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { makePrivateFolder } from './private-folder.ts'

test('folders that are missing are made for the owner alone, those that are there stay', async (t) => {
  const root = t.testdir({})
  await chmod(root, 0o755)
  const folder = join(root, 'a', 'b', 'c')
  await Promise.all([makePrivateFolder(folder), makePrivateFolder(folder)])
  await makePrivateFolder(folder)
  if (process.platform === 'win32') return
  t.equal((await stat(folder)).mode & 0o777, 0o700)
  t.equal((await stat(join(root, 'a'))).mode & 0o777, 0o700)
  t.equal((await stat(root)).mode & 0o777, 0o755)
})

test('a file in the way is told, not waited for', async (t) => {
  const root = t.testdir({ file: '' })
  await t.rejects(makePrivateFolder(join(root, 'file')), { code: 'EEXIST' })
  await t.rejects(makePrivateFolder(join(root, 'file', 'a', 'b')), { code: 'ENOTDIR' })
})

const skip = process.platform === 'linux' ? false : 'there is no /proc'

test('a place that lets nothing be made in it is told, not waited for', { skip }, async (t) => {
  // product 3, --data-dir: Node's own recursive mkdir never ends here
  await t.rejects(makePrivateFolder('/proc/none'), { code: 'ENOENT' })
  await t.rejects(makePrivateFolder('/proc/none/below'), { code: 'ENOENT' })
})
