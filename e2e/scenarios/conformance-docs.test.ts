import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { format } from 'prettier'
import { test } from 'tap'
import { ASSUMPTIONS } from '../conformance/assumptions.ts'
import { casesOf } from '../conformance/index.ts'
import { fidelityPage, marksOf } from '../conformance/testing/fidelity-page.ts'
import { COLUMNS, cellOf, matrixRows, runColumn } from '../conformance/testing/matrix-page.ts'
import { ROOT } from '../harness/cli.ts'

const read = (path: string) => readFile(join(ROOT, path), 'utf8')
const ROLES = ['relay', 'listener', 'sender'] as const

async function pretty(text: string): Promise<string> {
  const options = JSON.parse(await read('.prettierrc.json')) as object
  return format(text, { ...options, parser: 'markdown' })
}

/** Cells of a Markdown row, without the blanks that line them up. */
function cellsOf(row: string): readonly string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())
}

test('ids of cases are unlike, begin with their suite and have a paragraph', async (t) => {
  const cases = ROLES.flatMap((role) => casesOf(role))
  const ids = cases.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  for (const { id, suite, source } of cases) {
    t.ok(id.startsWith(`${suite}.`), id)
    t.match(source, /^\d+\.\d+(?:, \d+(?:\.\d+)?)*$|^\d+(?:, \d+\.\d+)*$/, id)
  }
})

test('every open question is asked by a case, or says why not, and only ASSUMED cases ask one', async (t) => {
  const cases = casesOf('relay')
  t.strictSame(
    ASSUMPTIONS.map(({ row }) => row),
    Array.from({ length: 28 }, (_, index) => index + 1),
  )
  for (const { row, question, unobserved } of ASSUMPTIONS) {
    const asked = cases.filter((one) => one.question === row)
    t.equal(asked.length === 0, unobserved !== undefined, `${row} ${question}`)
    for (const { id, level } of asked) t.equal(level, 'ASSUMED', id)
  }
})

test('docs/fidelity.md is what `node scripts/fidelity.mjs` writes', async (t) => {
  const marks = []
  for (const folder of ['protocol', 'server', 'client', 'console', 'cli']) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
    const files = entries
      .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    for (const file of files.sort()) marks.push(...marksOf(file, await read(file)))
  }
  const page = await read('docs/fidelity.md')
  t.equal(await pretty(fidelityPage(page, marks)), page, 'run `node scripts/fidelity.mjs`')
})

test('docs/reference/conformance.md names every suite', async (t) => {
  const page = await read('docs/reference/conformance.md')
  for (const suite of new Set(ROLES.flatMap((role) => casesOf(role).map((one) => one.suite))))
    t.match(page, new RegExp(`^\\| \`${suite}\` +\\|`, 'm'), suite)
})

test('docs/conformance-matrix.md has every case, and clients do what it says', async (t) => {
  const rows = (await read('docs/conformance-matrix.md'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cellsOf)
  const byCase = new Map(rows.map((row) => [row[0] ?? '', row]))
  for (const role of ['listener', 'sender'] as const) {
    for (const row of matrixRows(role)) {
      const [id = '', ...rest] = cellsOf(row)
      t.strictSame(byCase.get(id)?.slice(1, 3), rest, 'run `node scripts/conformance-matrix.mjs`')
    }
  }
  // The long waits are left to the script that writes the page.
  const clients = new URL('../clients/', import.meta.url).href
  const reports = await Promise.all(COLUMNS.map((column) => runColumn(column, clients, 1_000)))
  for (const [index, report] of reports.entries()) {
    const column = COLUMNS[index]
    const own = COLUMNS.filter(({ role }) => role === report.role)
    const place = 3 + own.findIndex((one) => one === column)
    for (const result of report.results) {
      if (result.reason?.endsWith(' s') && result.status === 'notRun') continue
      const label = `${column?.title} ${result.id}: ${result.reason ?? ''}`
      t.equal(byCase.get(`\`${result.id}\``)?.[place], cellOf(result), label)
    }
  }
})
