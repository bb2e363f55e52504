/** One column: its title and what stands in it for a row. */
export type Column<Row> = {
  readonly title: string
  readonly of: (row: Row) => string | number | null
}

/**
 * A listing for people: titles in capitals, columns two spaces apart, the last one never padded.
 * Null is shown as `-`. Control characters are replaced, for names and texts come from peers.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map((column) => column.title.toUpperCase()),
    ...rows.map((row) => columns.map((column) => cell(column.of(row)))),
  ]
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0)),
  )
  return lines.map((line) => `${padded(line, widths)}\n`).join('')
}

/** Text from elsewhere, made safe for a terminal. */
export function plainText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the control characters are the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

function cell(value: string | number | null): string {
  return value === null || value === '' ? '-' : plainText(String(value))
}

function padded(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((text, index) => (index === line.length - 1 ? text : text.padEnd(widths[index] ?? 0)))
    .join('  ')
}
