import { Carried, type Carriable } from './carried.ts'
import type { ConnectionRow } from './dashboard/contract.ts'
import type { ConnectionChanges, OpenTunnels } from './dashboard/live.ts'
import { OpenTally } from './dashboard/open-tunnels.ts'
import { connectionRow } from './live-rows.ts'
import { Changes } from './relay/changes.ts'
import type { Connection } from './relay/connection.ts'
import { type ConnectionSet, MAX_KEPT_ENDED } from './relay/connection-set.ts'

/** A connection's row and its place in the list. */
type Item = Carriable<Item> & {
  row: ConnectionRow
  revision: number
  isEnded: boolean
  isGone: boolean
}

/**
 * The rows of all connections. It looks at those that have changed since it was asked last, for there may be 10,000 and
 * somebody asks ten times a second; at all of them when nobody has asked for long.
 */
export class LiveConnections {
  readonly #source: Pick<ConnectionSet, 'changes' | 'live' | 'ended'>
  /** What the feed has not been told. */
  readonly #news = new Changes<Item>()
  #items = new WeakMap<Connection, Item>()
  #live = new Carried<Item>()
  #ended = new Carried<Item>()
  #tally = new OpenTally()
  /** All rows in their order, until one changes. */
  #list: readonly ConnectionRow[] | undefined

  constructor(source: Pick<ConnectionSet, 'changes' | 'live' | 'ended'>) {
    this.#source = source
    source.changes.whenLost = () => this.#forget()
  }

  /** Live ones first, newest first, then the last 1,000 ended, the latest first. */
  list(): readonly ConnectionRow[] {
    this.#catchUp()
    return (this.#list ??= [...this.#live, ...this.#ended].map(({ row }) => row))
  }

  /** The latest first. */
  ended(): readonly ConnectionRow[] {
    this.#catchUp()
    return [...this.#ended].map(({ row }) => row)
  }

  open(): OpenTunnels {
    this.#catchUp()
    return this.#tally
  }

  /**
   * What became of the first `most` of {@link list} since this was asked last, for one asker; null when that is no less
   * than all of them.
   */
  takeChanges(most: number): ConnectionChanges | null {
    this.#catchUp()
    for (const item of this.#live.carry(most)) this.#news.note(item)
    for (const item of this.#ended.carry(most - this.#live.count)) this.#news.note(item)
    const news = this.#news.take()
    if (!news) return null
    const put: ConnectionRow[] = []
    const gone: string[] = []
    for (const { row, isCarried } of new Set(news)) {
      if (isCarried) put.push(row)
      else gone.push(row.id)
    }
    return { put, gone, total: this.#live.size + this.#ended.size }
  }

  #catchUp(): void {
    const changed = this.#source.changes.take()
    if (changed?.length === 0) return
    this.#list = undefined
    if (!changed) {
      this.#forget()
      for (const connection of this.#source.ended().toReversed()) this.#look(connection)
      for (const connection of this.#source.live().toReversed()) this.#look(connection)
      return
    }
    // What came is in the order of its first note, what has ended in that of its last one.
    const distinct = new Set(changed)
    for (const connection of distinct) if (!hasLeft(connection)) this.#look(connection)
    if ([...distinct].some(hasLeft)) {
      const latest = [...new Set(changed.toReversed())].reverse()
      for (const connection of latest) if (hasLeft(connection)) this.#look(connection)
    }
  }

  #look(connection: Connection): void {
    const known = this.#items.get(connection)
    const isEnded = hasLeft(connection)
    if (known?.isGone || (known?.revision === connection.revision && known.isEnded === isEnded)) {
      return
    }
    const row = connectionRow(connection)
    this.#tally.change(known?.row ?? null, row)
    const item = known ?? newItem(row, isEnded)
    item.row = row
    item.revision = connection.revision
    if (!known) {
      this.#items.set(connection, item)
      this.#listOf(isEnded).putFirst(item)
    } else if (item.isEnded !== isEnded) {
      this.#live.take(item)
      item.isEnded = true
      this.#ended.putFirst(item)
    }
    this.#news.note(item)
    const { last } = this.#ended
    if (last && this.#ended.size > MAX_KEPT_ENDED) this.#drop(last)
  }

  /** One that ended too long ago to be listed. */
  #drop(item: Item): void {
    this.#ended.take(item)
    item.isGone = true
    this.#news.note(item)
  }

  #listOf(isEnded: boolean): Carried<Item> {
    return isEnded ? this.#ended : this.#live
  }

  /** Back to knowing nothing: the feed looks at everything next time. */
  #forget(): void {
    this.#items = new WeakMap()
    this.#live = new Carried()
    this.#ended = new Carried()
    this.#tally = new OpenTally()
    this.#list = undefined
    this.#news.lose()
  }
}

function newItem(row: ConnectionRow, isEnded: boolean): Item {
  return {
    row,
    revision: -1,
    isEnded,
    isGone: false,
    isCarried: false,
    before: undefined,
    after: undefined,
  }
}

/** It is no more among the live ones. */
function hasLeft({ membership }: Connection): boolean {
  return membership?.isIn !== true
}
