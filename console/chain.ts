/** What stands in a {@link Chain} knows who stands beside it. */
export interface Linked<Item> {
  before: Item | undefined
  after: Item | undefined
}

/** A sequence whose members come and go at any place at the same cost, whatever its length. Each stands in one only. */
export class Chain<Item extends Linked<Item>> {
  #first: Item | undefined
  #last: Item | undefined

  get first(): Item | undefined {
    return this.#first
  }

  get last(): Item | undefined {
    return this.#last
  }

  putFirst(item: Item): void {
    item.before = undefined
    item.after = this.#first
    if (this.#first) this.#first.before = item
    else this.#last = item
    this.#first = item
  }

  putLast(item: Item): void {
    item.before = this.#last
    item.after = undefined
    if (this.#last) this.#last.after = item
    else this.#first = item
    this.#last = item
  }

  /** Takes out an item that stands in this chain. */
  take(item: Item): void {
    if (item.before) item.before.after = item.after
    else this.#first = item.after
    if (item.after) item.after.before = item.before
    else this.#last = item.before
    item.before = item.after = undefined
  }
}
