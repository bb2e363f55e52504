import type { EventFeed } from '../events.ts'

const WINDOW_MS = 1_000

type Request = { readonly key: string; readonly atMs: number }

/** HTTP requests in the last second, per hybrid connection and per namespace. It reads what is new when it is asked. */
export class RequestRates {
  readonly #events: Pick<EventFeed, 'since'>
  readonly #now: () => number
  #after = 0
  #recent: Request[] = []

  constructor(events: Pick<EventFeed, 'since'>, now: () => number) {
    this.#events = events
    this.#now = now
  }

  /** Keys are `namespace` and `namespace/hybridConnection` in lower case. */
  read(): ReadonlyMap<string, number> {
    const news = this.#events.since(this.#after)
    this.#after = news.at(-1)?.n ?? this.#after
    for (const { type, at, namespace, hybridConnection } of news) {
      if (type !== 'requestReceived' || namespace === null) continue
      const key = `${namespace}/${hybridConnection ?? ''}`.toLowerCase()
      this.#recent.push({ key, atMs: Date.parse(at) })
    }
    const from = this.#now() - WINDOW_MS
    this.#recent = this.#recent.filter(({ atMs }) => atMs > from)
    const rates = new Map<string, number>()
    for (const { key } of this.#recent) {
      for (const one of [key, key.slice(0, key.indexOf('/'))]) {
        rates.set(one, (rates.get(one) ?? 0) + 1)
      }
    }
    return rates
  }
}
