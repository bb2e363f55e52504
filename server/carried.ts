import { Chain, type Linked } from '../console/chain.ts'

/** What stands in a {@link Carried} knows whether it is among the first. */
export interface Carriable<Item> extends Linked<Item> {
  isCarried: boolean
}

/** A sequence of which the first so many are carried: items come on top and go from anywhere. */
export class Carried<Item extends Carriable<Item>> {
  readonly #all = new Chain<Item>()
  /** The last one that is carried. */
  #edge: Item | undefined
  #size = 0
  #count = 0

  get size(): number {
    return this.#size
  }

  /** How many are carried. */
  get count(): number {
    return this.#count
  }

  get last(): Item | undefined {
    return this.#all.last
  }

  /** It is carried until the next {@link carry} says otherwise. */
  putFirst(item: Item): void {
    this.#all.putFirst(item)
    item.isCarried = true
    this.#size++
    this.#count++
    this.#edge ??= item
  }

  take(item: Item): void {
    if (item.isCarried) this.#count--
    if (item === this.#edge) this.#edge = item.before
    item.isCarried = false
    this.#size--
    this.#all.take(item)
  }

  /** Carries the first `most`, and gives those for which this is new. */
  *carry(most: number): Iterable<Item> {
    while (this.#count > most && this.#edge) {
      const item: Item = this.#edge
      this.#edge = item.before
      this.#count--
      item.isCarried = false
      yield item
    }
    while (this.#count < most) {
      const item = this.#edge ? this.#edge.after : this.#all.first
      if (!item) return
      this.#edge = item
      this.#count++
      item.isCarried = true
      yield item
    }
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (let item = this.#all.first; item; item = item.after) yield item
  }
}
