/** Height of a row, px, and the most rows that are in the page at once. Source: dashboard 1, Weight and speed. */
export const ROW_HEIGHT_PX = 32
export const MAX_ROWS_IN_PAGE = 200
/** Rows drawn beyond what is seen, so that scrolling shows no gap. */
const MARGIN_ROWS = 20

/** Rows `from` to `to` (exclusive) are drawn. */
export type RowRange = { readonly from: number; readonly to: number }

/** Which rows of `count` are drawn when the table is scrolled to `scrollPx` and `heightPx` of it is seen. */
export function visibleRange(count: number, scrollPx: number, heightPx: number): RowRange {
  const first = Math.max(0, Math.floor(scrollPx / ROW_HEIGHT_PX))
  const seen = Math.min(Math.ceil(heightPx / ROW_HEIGHT_PX) + 1, MAX_ROWS_IN_PAGE)
  const margin = Math.min(MARGIN_ROWS, Math.floor((MAX_ROWS_IN_PAGE - seen) / 2))
  const from = Math.max(0, Math.min(first - margin, count - seen - 2 * margin))
  return { from, to: Math.min(count, from + seen + 2 * margin) }
}

/** Where the table has to be scrolled so that row `index` is seen; `scrollPx` when it is seen already. */
export function scrollTo(index: number, scrollPx: number, heightPx: number): number {
  const top = index * ROW_HEIGHT_PX
  if (top < scrollPx) return top
  const bottom = top + ROW_HEIGHT_PX
  return bottom > scrollPx + heightPx ? bottom - heightPx : scrollPx
}
