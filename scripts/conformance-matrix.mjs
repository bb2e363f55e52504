// Writes docs/conformance-matrix.md by holding every client against the cases of `relay-emulator conformance`. Takes
// about two minutes; the clients run at the same time.
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { prepare } from './lib/prepare.mjs'

await prepare(['cli'])
const { COLUMNS, matrixPage, runColumn } =
  await import('../dist/e2e/conformance/testing/matrix-page.js')
const PAGE = fileURLToPath(new URL('../docs/conformance-matrix.md', import.meta.url))
const CLIENTS = new URL('../e2e/clients/', import.meta.url).href

const reports = await Promise.all(COLUMNS.map((column) => runColumn(column, CLIENTS)))
for (const [index, { counts }] of reports.entries()) {
  const { title, role } = COLUMNS[index]
  const { passed, failedMust, failedShould, differs, notRun } = counts
  process.stdout.write(
    `${title} as a ${role}: ${passed} passed, ${failedMust} MUST and ${failedShould} SHOULD failed, ${differs} differ, ${notRun} not run\n`,
  )
}
const page = matrixPage(reports)
await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }))
