/** Rows of one kind, by a key that is compared without case; they keep the order in which they came. */
export class Table<Row> {
  readonly #rows = new Map<string, Row>()
  readonly #changed: () => void

  /** `changed` is told of every change. */
  constructor(changed: () => void = () => {}) {
    this.#changed = changed
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key.toLowerCase())
  }

  list(): readonly Row[] {
    return [...this.#rows.values()]
  }

  entries(): readonly (readonly [key: string, row: Row])[] {
    return [...this.#rows]
  }

  put(key: string, row: Row): void {
    this.#rows.set(key.toLowerCase(), row)
    this.#changed()
  }

  /** False when there was nothing. */
  delete(key: string): boolean {
    const existed = this.#rows.delete(key.toLowerCase())
    if (existed) this.#changed()
    return existed
  }

  /** Deletes the rows that `isGone` picks; answers how many. */
  deleteWhere(isGone: (row: Row, key: string) => boolean): number {
    const gone = this.entries().filter(([key, row]) => isGone(row, key))
    for (const [key] of gone) this.#rows.delete(key)
    if (gone.length > 0) this.#changed()
    return gone.length
  }

  /** Puts rows back as they were kept, without telling. */
  restore(rows: Readonly<Record<string, Row>>): void {
    for (const [key, row] of Object.entries(rows)) this.#rows.set(key, row)
  }

  clear(): void {
    this.deleteWhere(() => true)
  }
}
