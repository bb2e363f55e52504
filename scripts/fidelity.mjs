// Writes the generated parts of docs/fidelity.md: the marks in the code, and the cases whose outcome nobody knows.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { prepare } from './lib/prepare.mjs'

await prepare(['cli'])
const { fidelityPage, marksOf } = await import('../dist/e2e/conformance/testing/fidelity-page.js')
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGE = join(ROOT, 'docs/fidelity.md')
const FOLDERS = ['protocol', 'server', 'client', 'console', 'cli']

const marks = []
for (const folder of FOLDERS) {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
  const files = entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'),
    )
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  for (const file of files.sort()) {
    marks.push(...marksOf(file, await readFile(join(ROOT, file), 'utf8')))
  }
}
const page = fidelityPage(await readFile(PAGE, 'utf8'), marks)
await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }))
