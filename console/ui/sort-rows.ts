/** By which column, and which way. */
export type Sort = { readonly key: string; readonly isDescending: boolean }

/** What a cell is sorted by; null is unknown and comes last either way. */
export type SortValue = string | number | null

/** The rows in the order of `value`; those that are equal keep theirs. */
export function sortRows<Row>(
  rows: readonly Row[],
  value: (row: Row) => SortValue,
  isDescending: boolean,
): readonly Row[] {
  const sign = isDescending ? -1 : 1
  return rows
    .map((row) => ({ row, by: value(row) }))
    .toSorted((a, b) => {
      if (a.by === null || b.by === null) return Number(a.by === null) - Number(b.by === null)
      return sign * compare(a.by, b.by)
    })
    .map(({ row }) => row)
}

/** A click on a column's head: up, then down, then as the server has it. */
export function nextSort(sort: Sort | null, key: string): Sort | null {
  if (sort?.key !== key) return { key, isDescending: false }
  return sort.isDescending ? null : { key, isDescending: true }
}

const TEXT = new Intl.Collator('en', { numeric: true })

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : TEXT.compare(String(a), String(b))
}
