/** One row of the grid. */
export type MetadataEntry = { readonly key: string; readonly value: string }

/**
 * The stored text as rows of keys and values: what Azure's own tools write. Null when a grid could not give the same
 * text back: it is no JSON, no list, or has other members.
 */
export function readEntries(text: string): readonly MetadataEntry[] | null {
  if (text === '') return []
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(parsed)) return null
  const items: readonly unknown[] = parsed
  return items.every(isEntry) ? items : null
}

/** The text that the grid's rows are stored as; no row is no text. */
export function writeEntries(entries: readonly MetadataEntry[]): string {
  if (entries.length === 0) return ''
  return JSON.stringify(entries.map(({ key, value }) => ({ key, value })))
}

/** The rows with row `from` at the place `to`. */
export function moved<Item>(items: readonly Item[], from: number, to: number): readonly Item[] {
  const item = items[from]
  if (item === undefined || to < 0 || to >= items.length) return items
  const rest = items.toSpliced(from, 1)
  return rest.toSpliced(to, 0, item)
}

/** Where character `at` stands, both counted from 1. */
export function placeOf(
  text: string,
  at: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function isEntry(item: unknown): item is MetadataEntry {
  if (typeof item !== 'object' || item === null) return false
  const { key, value } = item as Readonly<Record<string, unknown>>
  return typeof key === 'string' && typeof value === 'string' && Object.keys(item).length === 2
}
