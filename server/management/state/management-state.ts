import type { Ajv } from 'ajv'
import { integerAt, isObject, objectAt, parseJson } from '../../../protocol/json.ts'
import { StateWriter, decodeState, readState } from '../../state-file.ts'
import type { StateFileError } from '../../state-file.ts'
import { type Rows, TABLES, type TableName } from './rows.ts'
import { Table } from './table.ts'

/** Version of the document that this code writes, and the newest it reads. */
const STATE_VERSION = 1

export type Tables = { readonly [Name in TableName]: Table<Rows[Name]> }

/** The tables of the management plane, kept in a file. One per server. */
export type ManagementState = {
  readonly tables: Tables
  /** Empties every table. */
  clear(): void
  /** Resolves when every change so far is on disk. Rejects with {@link StateFileError}. */
  close(): Promise<void>
}

/**
 * Opens the tables; `file` null keeps nothing. From then on every change is written, atomically, mode 0600. Throws
 * {@link StateFileError} for a damaged or newer file, which is left as it is.
 */
export async function openManagementState(input: {
  readonly file: string | null
  /** Told of each write that failed; the next change tries again. */
  readonly onError: (error: StateFileError) => void
}): Promise<ManagementState> {
  const { file, onError } = input
  let writer: StateWriter | undefined
  const tables = newTables(() => writer?.schedule())
  if (file !== null) {
    const written = await readState(file)
    if (written !== undefined) {
      const what = 'the resource groups, role assignments, deployments and apps made at run time'
      // Loaded by those alone who have a file.
      const { Ajv } = await import('ajv')
      const ajv = new Ajv()
      const kept = decodeState({ file, text: written, what, decode: (text) => decode(text, ajv) })
      for (const name of tableNames()) tables[name].restore(kept[name] as never)
    }
    writer = new StateWriter(file, written, () => encode(tables), onError)
  }
  return {
    tables,
    clear: () => {
      for (const name of tableNames()) tables[name].clear()
    },
    close: async () => writer?.flush(),
  }
}

function tableNames(): readonly TableName[] {
  return Object.keys(TABLES) as TableName[]
}

function newTables(changed: () => void): Tables {
  const entries = tableNames().map((name) => [name, new Table(changed)])
  return Object.fromEntries(entries) as Tables
}

function encode(tables: Tables): string {
  const kept = tableNames().map((name) => [name, Object.fromEntries(tables[name].entries())])
  return `${JSON.stringify({ version: STATE_VERSION, ...Object.fromEntries(kept) }, null, 2)}\n`
}

type Kept = { readonly [Name in TableName]: Readonly<Record<string, Rows[Name]>> }

/** Throws when a row is not what its schema says; a table that an older version did not have is empty. */
function decode(text: string, ajv: Ajv): Kept | 'newer' {
  const document = objectAt(parseJson(text), 'the document')
  const version = integerAt(document, 'version')
  if (version > STATE_VERSION) return 'newer'
  if (version < 1) throw new TypeError('version is not known')
  const kept = tableNames().map((name) => {
    const rows = document[name] ?? {}
    if (!isObject(rows)) throw new TypeError(`${name} is not an object`)
    const isIntact = ajv.compile(TABLES[name])
    for (const row of Object.values(rows)) {
      if (!isIntact(row)) throw new TypeError(`${name} holds a damaged row`)
    }
    return [name, rows]
  })
  return Object.fromEntries(kept) as Kept
}
