/** The rows that are drawn, and the key of the element that shows each. */
export type RowKeys = {
  readonly ids: readonly string[]
  readonly keys: readonly number[]
  /** The next key that no element has had. */
  readonly next: number
}

export const NO_ROWS: RowKeys = { ids: [], keys: [], next: 0 }

/**
 * Which element shows which row, from top to bottom. While most rows are those of before they keep their elements;
 * else all elements stay where they are and show other rows, which is far less work than to make new ones. `isHeld`:
 * the focus is in one of them, which must not come to another row.
 */
export function rowKeys(before: RowKeys, ids: readonly string[], isHeld = false): RowKeys {
  const keyOf = new Map(before.ids.map((id, index) => [id, before.keys[index]]))
  const kept = ids.filter((id) => keyOf.has(id)).length
  const isReused = !isHeld && 2 * kept < ids.length
  let { next } = before
  const keys = ids.map((id, index) => (isReused ? before.keys[index] : keyOf.get(id)) ?? next++)
  return { ids, keys, next }
}
