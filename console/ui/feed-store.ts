import type { FeedRow, LogRow, ServerMessage } from '../feed-contract.ts'

/** What is known of one subscription. */
export type Subscription = {
  readonly topic: string
  readonly of: string | null
  /** Number of the last row of a log. */
  readonly after: number | null
}

/** The rows of one subscription as the page shows them. */
export type View = {
  readonly rows: readonly FeedRow[]
  /** All that the server has, also those beyond what it carries. */
  readonly total: number
  /** Rows of a log that were left out. */
  readonly skipped: number
  readonly isLoaded: boolean
  readonly error: { readonly code: string; readonly message: string } | null
}

type Sub = {
  readonly topic: string
  readonly of: string | null
  readonly rows: Map<string, FeedRow>
  /** What the server said last. */
  total: number
  /** Rows of a snapshot that is still coming. */
  incoming: FeedRow[]
  log: readonly (FeedRow & LogRow)[]
  view: View
  /** Rows have changed since `view` was made: several messages are shown at once. */
  isStale: boolean
}

type Data = Extract<ServerMessage, { type: 'snapshot' | 'delta' | 'log' | 'error' }>

/** Rows of a log that are kept. Source: dashboard 2.7. */
const MAX_LOG_ROWS = 10_000
const EMPTY: View = { rows: [], total: 0, skipped: 0, isLoaded: false, error: null }

/** The server's rows by subscription. `onChange` is called at most once for each message, with what changed. */
export class FeedStore {
  readonly #subs = new Map<number, Sub>()
  readonly #onChange: (changed: readonly number[]) => void
  #last = 0

  constructor(onChange: (changed: readonly number[]) => void) {
    this.#onChange = onChange
  }

  subscribe(topic: string, of: string | null): number {
    const sub = ++this.#last
    this.#subs.set(sub, {
      topic,
      of,
      rows: new Map(),
      total: 0,
      incoming: [],
      log: [],
      view: EMPTY,
      isStale: false,
    })
    return sub
  }

  unsubscribe(sub: number): void {
    this.#subs.delete(sub)
  }

  subscriptions(): readonly number[] {
    return [...this.#subs.keys()]
  }

  /** Throws RangeError for one that is not there. */
  subscription(sub: number): Subscription {
    const found = this.#subs.get(sub)
    if (!found) throw new RangeError(`there is no subscription ${sub}`)
    const { topic, of, log } = found
    return { topic, of, after: log.at(-1)?.n ?? null }
  }

  view(sub: number): View {
    const known = this.#subs.get(sub)
    if (!known) return EMPTY
    if (known.isStale) {
      const rows = [...known.rows.values()]
      const total = Math.max(known.total, rows.length)
      known.view = { ...known.view, rows, total, isLoaded: true }
      known.isStale = false
    }
    return known.view
  }

  /** After a restart of the server nothing of before holds. */
  forget(): void {
    for (const sub of this.#subs.values()) {
      sub.rows.clear()
      sub.incoming = []
      sub.log = []
      sub.view = EMPTY
      sub.isStale = false
    }
    this.#onChange(this.subscriptions())
  }

  take(message: Data): void {
    switch (message.type) {
      case 'snapshot':
        return this.#takeSnapshot(message)
      case 'delta':
        return this.#takeDelta(message)
      case 'log':
        return this.#takeLog(message)
      case 'error': {
        const sub = this.#subs.get(message.sub ?? -1)
        if (!sub) return
        sub.view = { ...sub.view, isLoaded: true, error: message.error }
        this.#onChange([message.sub ?? -1])
      }
    }
  }

  #takeSnapshot({ sub, part, parts, total, rows }: Extract<Data, { type: 'snapshot' }>): void {
    const known = this.#subs.get(sub)
    if (!known) return
    if (part === 1) known.incoming = []
    known.incoming.push(...rows)
    if (part < parts) return
    known.rows.clear()
    for (const row of known.incoming) known.rows.set(row.id, row)
    known.incoming = []
    known.total = total
    known.view = { ...EMPTY, rows: [...known.rows.values()], total, isLoaded: true }
    known.isStale = false
    this.#onChange([sub])
  }

  #takeDelta({ changes, totals = [] }: Extract<Data, { type: 'delta' }>): void {
    const changed = new Set<number>()
    for (const change of changes) {
      const rows = this.#subs.get(change.sub)?.rows
      if (!rows) continue
      changed.add(change.sub)
      if ('remove' in change) rows.delete(change.remove)
      else if ('put' in change) rows.set(change.put.id, change.put)
      else rows.set(change.patch.id, { ...rows.get(change.patch.id), ...change.patch })
    }
    for (const { sub, total } of totals) {
      const known = this.#subs.get(sub)
      if (!known) continue
      known.total = total
      changed.add(sub)
    }
    for (const sub of changed) {
      const known = this.#subs.get(sub)
      if (known) known.isStale = true
    }
    if (changed.size > 0) this.#onChange([...changed])
  }

  #takeLog({ sub, rows, skipped }: Extract<Data, { type: 'log' }>): void {
    const known = this.#subs.get(sub)
    if (!known) return
    const added = rows.map((row) => ({ ...row, id: String(row.n) }))
    known.log = [...known.log, ...added].slice(-MAX_LOG_ROWS)
    known.view = {
      rows: known.log,
      total: known.log.length,
      skipped: known.view.skipped + skipped,
      isLoaded: true,
      error: null,
    }
    this.#onChange([sub])
  }
}
