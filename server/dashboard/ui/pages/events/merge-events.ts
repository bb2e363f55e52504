/** Events that are kept on the page. Source: dashboard 2.7. */
const MAX_KEPT = 10_000

/** Events of the API and those of the feed, each once, the newest first. Both are in the order of their numbers. */
export function mergeEvents<Row extends { readonly n: number }>(
  earlier: readonly Row[],
  later: readonly Row[],
): readonly Row[] {
  if (earlier.length === 0) return later.slice(-MAX_KEPT).reverse()
  const known = new Map<number, Row>()
  for (const row of earlier) known.set(row.n, row)
  for (const row of later) known.set(row.n, row)
  return [...known.values()].sort((a, b) => b.n - a.n).slice(0, MAX_KEPT)
}
