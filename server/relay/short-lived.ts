/**
 * Collections for members that come and go all the time. A Map or Set replaces its table every few changes, and an old
 * table that has outlived its youth keeps alive what stood in it and the table behind it, until the next full garbage
 * collection: with thousands of changes a second nothing dies young any more. It took a sixth of the relay's CPU.
 */

/** That something stands in a set: it is taken out by whoever has put it in. */
export class Membership<Member> {
  readonly member: Member
  /** Counts what was ever put in, from 1. */
  readonly n: number
  /** Where {@link ShortLivedSet.at} finds it while it is in. */
  readonly place: number
  readonly #end: (membership: Membership<Member>) => void
  #isIn = true

  constructor(
    member: Member,
    n: number,
    place: number,
    end: (membership: Membership<Member>) => void,
  ) {
    this.member = member
    this.n = n
    this.place = place
    this.#end = end
  }

  get isIn(): boolean {
    return this.#isIn
  }

  /** Takes it out. False when it was out already. */
  leave(): boolean {
    if (!this.#isIn) return false
    this.#isIn = false
    this.#end(this)
    return true
  }
}

/** A set whose members know their place in it; one may stand in it several times. */
export class ShortLivedSet<Member> implements Iterable<Member> {
  readonly #places: (Membership<Member> | undefined)[] = []
  readonly #free: number[] = []
  #count = 0

  get size(): number {
    return this.#places.length - this.#free.length
  }

  add(member: Member): Membership<Member> {
    const place = this.#free.pop() ?? this.#places.length
    const membership = new Membership(member, ++this.#count, place, this.#end)
    this.#places[place] = membership
    return membership
  }

  /** The member at a place; undefined where there is none. */
  at(place: number): Member | undefined {
    return this.#places[place]?.member
  }

  /** What was put in last comes first. */
  newestFirst(): Member[] {
    const all = this.#places.filter((membership) => membership !== undefined)
    return all.sort((one, other) => other.n - one.n).map(({ member }) => member)
  }

  /** Members that go while they are looked through are left out; in no particular order. */
  *[Symbol.iterator](): Iterator<Member> {
    for (const membership of this.#places) if (membership) yield membership.member
  }

  readonly #end = ({ place }: Membership<Member>) => {
    this.#places[place] = undefined
    this.#free.push(place)
  }
}

/** A map by text. Where the key is the relay's own to choose, a {@link ShortLivedSet} with the place in the key is cheaper. */
export class ShortLivedMap<Value> {
  // Without a prototype: keys are made by peers.
  readonly #values = Object.create(null) as Record<string, Value>

  get(key: string): Value | undefined {
    return this.#values[key]
  }

  has(key: string): boolean {
    return key in this.#values
  }

  set(key: string, value: Value): void {
    this.#values[key] = value
  }

  /** False when there was none. */
  delete(key: string): boolean {
    if (!(key in this.#values)) return false
    delete this.#values[key]
    return true
  }
}
