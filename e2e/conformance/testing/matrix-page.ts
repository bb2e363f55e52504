import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Feature } from '../client/needs.ts'
import { type Report, casesOf, runConformance } from '../index.ts'

/** A client that the matrix has a column for; `program` is a file of `e2e/clients`. */
export type Column = {
  readonly title: string
  readonly role: 'listener' | 'sender'
  readonly program: string
  readonly without: readonly Feature[]
}

export const COLUMNS: readonly Column[] = [
  {
    title: 'relay-emulator/client',
    role: 'listener',
    program: 'conformance-listener.mjs',
    without: [],
  },
  {
    title: 'hyco-ws',
    role: 'listener',
    program: 'conformance-hyco-ws-listener.mjs',
    without: ['http', 'reject', 'renew'],
  },
  {
    title: 'hyco-https',
    role: 'listener',
    program: 'conformance-hyco-https-listener.mjs',
    without: ['websocket', 'reject', 'renew'],
  },
  {
    title: 'relay-emulator/client',
    role: 'sender',
    program: 'conformance-sender.mjs',
    without: [],
  },
  {
    title: 'hyco-ws',
    role: 'sender',
    program: 'conformance-hyco-ws-sender.mjs',
    without: ['http', 'protocol'],
  },
]

/** Runs a column's client. `clients` is the folder of the programs. */
export function runColumn(
  { role, program, without }: Column,
  clients: string,
  maxWaitMs?: number,
): Promise<Report> {
  return runConformance({
    role,
    command: [process.execPath, fileURLToPath(new URL(program, clients))],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      NODE_NO_WARNINGS: '1',
    },
    without,
    maxWaitMs,
  })
}

/** What stands in the matrix for a result. */
export function cellOf({ status, level }: Report['results'][number]): string {
  if (status === 'notRun') return '-'
  if (status === 'passed') return 'yes'
  return status === 'failed' && level === 'MUST' ? '**no**' : 'no'
}

/** The page; `reports` in the order of the columns. */
export function matrixPage(reports: readonly Report[]): string {
  return `${HEAD}\n${(['listener', 'sender'] as const).map((role) => table(role, reports)).join('\n')}`
}

/** The rows of a role's table, without the clients' cells: \`id\` | level | title. */
export function matrixRows(role: 'listener' | 'sender'): readonly string[] {
  return casesOf(role).map(
    ({ id, level, title }) => `| \`${id}\` | ${level} | ${title.replace(/[|\\<>*_]/g, '\\$&')} |`,
  )
}

function table(role: 'listener' | 'sender', reports: readonly Report[]): string {
  const own = COLUMNS.flatMap((column, index) =>
    column.role === role ? [{ column, report: reports[index] }] : [],
  )
  const titles = own.map(({ column }) => column.title).join(' | ')
  const rows = matrixRows(role).map((row, index) => {
    const cells = own.map(({ report }) => {
      const result = report?.results[index]
      return result ? cellOf(result) : ''
    })
    return `${row} ${cells.join(' | ')} |`
  })
  const line = `| --- | --- | --- |${' --- |'.repeat(own.length)}`
  return [
    `## As a ${role}`,
    '',
    `| Case | Level | What holds | ${titles} |`,
    line,
    ...rows,
    '',
  ].join('\n')
}

const HEAD = `# Clients by case

What clients do with the cases of [\`relay-emulator conformance\`](reference/conformance.md), made by running them: \`node scripts/conformance-matrix.mjs\`. \`yes\` holds, \`no\` does not, **no** is a MUST that does not, \`-\` is something that the client does not offer. The programs are the \`conformance-*.mjs\` of [e2e/clients](../e2e/clients); versions of the packages are those of the lockfile.

hyco-ws and hyco-https listen without an \`sb-hc-id\`, as their samples do. hyco-https relays no WebSockets and hyco-ws answers no HTTP requests. Both renew once an hour, whatever the life of their token.
`
