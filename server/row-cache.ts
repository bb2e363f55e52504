/** What tells by a number that it has changed. */
type Revised = { readonly revision: number }

/**
 * Rows of things that rarely change: the same object until the thing's revision is another one, so that thousands of
 * them cost a look each. The list itself is kept until the present work of the event loop is done: in one tick many ask
 * for it.
 */
export class RowCache<Source extends Revised, Row> {
  readonly #row: (source: Source) => Row
  readonly #sources: () => readonly Source[]
  readonly #rows = new WeakMap<Source, { readonly revision: number; readonly row: Row }>()
  #list: readonly Row[] | undefined

  constructor(sources: () => readonly Source[], row: (source: Source) => Row) {
    this.#sources = sources
    this.#row = row
  }

  list(): readonly Row[] {
    if (this.#list) return this.#list
    const list = this.#sources().map((source) => this.#rowOf(source))
    this.#list = list
    queueMicrotask(() => {
      this.#list = undefined
    })
    return list
  }

  #rowOf(source: Source): Row {
    const known = this.#rows.get(source)
    if (known?.revision === source.revision) return known.row
    const row = this.#row(source)
    this.#rows.set(source, { revision: source.revision, row })
    return row
  }
}
