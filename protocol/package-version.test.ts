import { readFile } from 'node:fs/promises'
import { test } from 'tap'
import { PACKAGE_VERSION } from './package-version.ts'

test('the version is that of the manifest', async (t) => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  t.equal(PACKAGE_VERSION, manifest.version)
})
