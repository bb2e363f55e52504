import { Chain, type Linked } from './chain.ts'
import { type Change, type FeedRow, MAX_TOMBSTONES, type TopicChanges } from './feed-contract.ts'

type Entry = Linked<Entry> & {
  row: FeedRow
  /** `seq` of the last change of any member. */
  seq: number
  /** `seq` of the last change of a member that is no counter. */
  shapeSeq: number
  /** The look at all rows that has seen it last. */
  look: number
}

type Topic = {
  readonly counters: readonly string[]
  readonly rows: Map<string, Entry>
  /** What has changed last stands last. */
  readonly byChange: Chain<Entry>
  total: number
  /** Counts the looks at all rows. */
  looks: number
}

/**
 * The rows of all state topics, each with the `seq` of its last change, and the removals of late. It keeps nothing
 * per browser: who knows the state as of a `seq` is told what is newer. Pure. Source: dashboard 4.
 */
export class FeedState {
  readonly #topics = new Map<string, Topic>()
  readonly #tombstones: { readonly topic: string; readonly id: string; readonly seq: number }[] = []
  /** `seq` of the last removal that was forgotten. */
  #forgotten = 0
  #seq = 0

  /** `counters` names, per topic, the members that change all the time: they alone travel as a patch. */
  constructor(topics: Readonly<Record<string, readonly string[]>>) {
    for (const [name, counters] of Object.entries(topics)) {
      this.#topics.set(name, {
        counters,
        rows: new Map(),
        byChange: new Chain(),
        total: 0,
        looks: 0,
      })
    }
  }

  /** Number of the last change. */
  get seq(): number {
    return this.#seq
  }

  has(topic: string): boolean {
    return this.#topics.has(topic)
  }

  /** True when everything that went after `seq` is still known to have gone. */
  canResume(seq: number): boolean {
    return seq >= this.#forgotten && seq <= this.#seq
  }

  /** Makes the rows of a topic these. A row that is the same object as before is taken as unchanged. */
  replace(name: string, rows: Iterable<FeedRow>, total?: number): void {
    const topic = this.#topic(name)
    const look = ++topic.looks
    let seen = 0
    for (const row of rows) {
      const entry = this.#put(topic, row)
      if (entry.look === look) continue
      entry.look = look
      seen++
    }
    topic.total = total ?? seen
    if (seen === topic.rows.size) return
    for (const entry of topic.rows.values()) {
      if (entry.look !== look) this.#remove(name, topic, entry)
    }
  }

  /** The same for who knows which rows have changed; the others are not looked at. */
  change(name: string, { put, gone, total }: TopicChanges): void {
    const topic = this.#topic(name)
    for (const id of gone) {
      const entry = topic.rows.get(id)
      if (entry) this.#remove(name, topic, entry)
    }
    for (const row of put) this.#put(topic, row)
    topic.total = total
  }

  /** All rows of a topic, and how many there are beside those that it carries. */
  snapshot(name: string): { readonly rows: readonly FeedRow[]; readonly total: number } {
    const { rows, total } = this.#topic(name)
    return { rows: [...rows.values()].map(({ row }) => row), total }
  }

  /** How many rows of a topic there are, beside those that it carries. */
  total(name: string): number {
    return this.#topic(name).total
  }

  /** What brings who knows `seq` up to date: removals first, each row once. */
  since(name: string, seq: number): readonly Change[] {
    const { counters, rows, byChange } = this.#topic(name)
    const changes: Change[] = []
    for (let index = this.#tombstones.length - 1; index >= 0; index--) {
      const stone = this.#tombstones[index]
      if (!stone || stone.seq <= seq) break
      if (stone.topic === name && !rows.has(stone.id)) changes.push({ remove: stone.id })
    }
    let entry = byChange.last
    while (entry?.before && entry.before.seq > seq) entry = entry.before
    for (; entry && entry.seq > seq; entry = entry.after) {
      const { row, shapeSeq } = entry
      changes.push(shapeSeq > seq ? { put: row } : { patch: pick(row, counters) })
    }
    return changes
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (!topic) throw new RangeError(`no feed topic ${name}`)
    return topic
  }

  #put(topic: Topic, row: FeedRow): Entry {
    const known = topic.rows.get(row.id)
    if (!known) {
      const seq = ++this.#seq
      const entry = { row, seq, shapeSeq: seq, look: 0, before: undefined, after: undefined }
      topic.rows.set(row.id, entry)
      topic.byChange.putLast(entry)
      return entry
    }
    if (known.row === row) return known
    const change = difference(known.row, row, topic.counters)
    known.row = row
    if (change === 'none') return known
    known.seq = ++this.#seq
    if (change === 'shape') known.shapeSeq = known.seq
    topic.byChange.take(known)
    topic.byChange.putLast(known)
    return known
  }

  #remove(name: string, topic: Topic, entry: Entry): void {
    const { id } = entry.row
    topic.rows.delete(id)
    topic.byChange.take(entry)
    this.#tombstones.push({ topic: name, id, seq: ++this.#seq })
    if (this.#tombstones.length < 2 * MAX_TOMBSTONES) return
    const dropped = this.#tombstones.splice(0, this.#tombstones.length - MAX_TOMBSTONES)
    this.#forgotten = dropped.at(-1)?.seq ?? this.#forgotten
  }
}

function difference(
  before: FeedRow,
  after: FeedRow,
  counters: readonly string[],
): 'none' | 'counters' | 'shape' {
  const members = new Set([...Object.keys(before), ...Object.keys(after)])
  let found: 'none' | 'counters' = 'none'
  for (const name of members) {
    if (isSame(before[name], after[name])) continue
    if (!counters.includes(name)) return 'shape'
    found = 'counters'
  }
  return found
}

/** Rows are JSON: equal texts are equal values. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b)
}

function pick(row: FeedRow, members: readonly string[]): FeedRow {
  return Object.assign(
    { id: row.id },
    ...members.filter((name) => name in row).map((name) => ({ [name]: row[name] })),
  ) as FeedRow
}
