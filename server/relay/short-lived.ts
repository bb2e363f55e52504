/**
 * Collections for members that come and go all the time. A Map or Set replaces its table every few changes, and an old
 * table that has outlived its youth keeps alive what stood in it and the table behind it, until the next full garbage
 * collection: with thousands of changes a second nothing dies young any more. It took a sixth of the relay's CPU.
 */

/** A set whose members are taken out by whoever put them in; one may stand in it several times. */
export class ShortLivedSet<Member> implements Iterable<Member> {
  readonly #places: (Member | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#places.length - this.#free.length
  }

  /** Answers the function that takes it out again; later calls of that do nothing. */
  add(member: Member): () => void {
    const place = this.#free.pop() ?? this.#places.length
    this.#places[place] = member
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      this.#places[place] = undefined
      this.#free.push(place)
    }
  }

  /** Members that go while they are looked through are left out; in no particular order. */
  *[Symbol.iterator](): Iterator<Member> {
    for (const member of this.#places) if (member !== undefined) yield member
  }
}

/** A map by text, in the order of insertion. */
export class ShortLivedMap<Value> {
  // Without a prototype: keys are made by peers.
  readonly #values = Object.create(null) as Record<string, Value>
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): Value | undefined {
    return this.#values[key]
  }

  has(key: string): boolean {
    return key in this.#values
  }

  set(key: string, value: Value): void {
    if (!(key in this.#values)) this.#size++
    this.#values[key] = value
  }

  /** False when there was none. */
  delete(key: string): boolean {
    if (!(key in this.#values)) return false
    delete this.#values[key]
    this.#size--
    return true
  }

  values(): Value[] {
    return Object.values(this.#values)
  }
}
