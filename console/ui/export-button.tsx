import { compileFilter } from '../filter.ts'
import { downloadJsonLines } from './download.ts'
import type { PageLocation } from './location.ts'

type ExportProps<Row> = {
  readonly label?: string
  /** Name of the file. */
  readonly file: string
  readonly rows: readonly Row[]
  readonly location: PageLocation
  /** What the filter sees of a row; the row itself when it is left out. */
  readonly filterBy?: (row: Row) => unknown
  /** What is written of those that pass the filter; themselves when it is left out. */
  readonly lines?: (rows: readonly Row[]) => readonly unknown[]
}

/** Saves the rows of a list that pass its filter as JSON Lines. */
export function ExportButton<Row>(props: ExportProps<Row>) {
  const { label = 'Export JSONL', file, rows, location, filterBy, lines } = props
  const save = () => {
    const holds = compileFilter(location.route.value.query['q'] ?? '')
    const passed = rows.filter((row) => holds(filterBy ? filterBy(row) : row))
    downloadJsonLines(file, lines ? lines(passed) : passed)
  }
  return (
    <button type="button" disabled={rows.length === 0} onClick={save}>
      {label}
    </button>
  )
}
