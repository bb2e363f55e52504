/** Height of a row, px, and the most rows that are in the page at once. Source: dashboard 1, Weight and speed. */
export const ROW_HEIGHT_PX = 32
export const MAX_ROWS_IN_PAGE = 200
/** Rows drawn beyond what is seen, so that scrolling shows no gap. */
const MARGIN_ROWS = 4
/** What is drawn changes by so many rows, so that scrolling by less draws nothing. */
const STEP_ROWS = 4

/** Rows `from` to `to` (exclusive) are drawn. */
export type RowRange = { readonly from: number; readonly to: number }

/**
 * Which rows of `count` are drawn when row `first` is the first that is seen in `heightPx`. Without `hasMargin` those
 * alone that are seen: while a table is scrolled by pages the others would be drawn for nothing.
 */
export function visibleRange(
  count: number,
  first: number,
  heightPx: number,
  hasMargin = true,
): RowRange {
  const seen = Math.min(Math.ceil(heightPx / ROW_HEIGHT_PX) + 1, MAX_ROWS_IN_PAGE - STEP_ROWS)
  const margin = Math.min(MARGIN_ROWS, Math.floor((MAX_ROWS_IN_PAGE - STEP_ROWS - seen) / 2))
  const start = Math.max(0, Math.min(first, count - seen))
  if (!hasMargin) return { from: start, to: Math.min(count, start + seen) }
  const step = start - (start % STEP_ROWS)
  return {
    from: Math.max(0, step - margin),
    to: Math.min(count, step + STEP_ROWS + seen + margin),
  }
}

/** The first row that is seen when the table is scrolled to `scrollPx`. */
export function firstSeen(scrollPx: number): number {
  return Math.max(0, Math.floor(scrollPx / ROW_HEIGHT_PX))
}

/** True when most of what was seen from row `before` on is not seen from row `first` on. */
export function isLeap(before: number, first: number, heightPx: number): boolean {
  return 2 * Math.abs(first - before) * ROW_HEIGHT_PX > heightPx
}

/** Where the table has to be scrolled so that row `index` is seen; `scrollPx` when it is seen already. */
export function scrollTo(index: number, scrollPx: number, heightPx: number): number {
  const top = index * ROW_HEIGHT_PX
  if (top < scrollPx) return top
  const bottom = top + ROW_HEIGHT_PX
  return bottom > scrollPx + heightPx ? bottom - heightPx : scrollPx
}

/**
 * By how many rows what was seen has moved: as two rows have that stood next to each other, the first one at `first`,
 * and still do. A row that goes elsewhere by itself is not followed. 0 when no two are left.
 */
export function rowShift(
  seen: readonly string[],
  first: number,
  count: number,
  idAt: (index: number) => string,
): number {
  const places = new Map(seen.map((id, index) => [id, index]))
  const found = (from: number, to: number): number | null => {
    let before: number | undefined
    for (let index = from; index < to; index++) {
      const place = places.get(idAt(index))
      if (place !== undefined && place - 1 === before) return index - first - place
      before = place
    }
    return null
  }
  // Rows come on top most of the time, so what was seen is further down.
  return found(first, count) ?? found(0, Math.min(first, count)) ?? 0
}
