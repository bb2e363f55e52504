import type { EventFeed } from '../events.ts'
import type { NamespaceStore } from '../namespace/store.ts'
import type { UsageReport, UsageRow } from './contract.ts'
import type { LiveSource } from './live.ts'
import { countLive, liveNow } from './rows.ts'

const HOUR_MS = 3_600_000

type Meter = {
  readonly namespace: string
  readonly hybridConnection: string
  count: number
  peak: number
  /** Listeners times ms, up to `sinceMs`. */
  listenerMs: number
  sinceMs: number
}

/** Counts listeners as Azure bills them: every control channel of every hybrid connection. One per server. */
export class UsageMeter {
  readonly #meters = new Map<string, Meter>()
  readonly #startedAtMs: number
  readonly #deps: UsageDeps

  constructor(deps: UsageDeps) {
    this.#deps = deps
    this.#startedAtMs = deps.now()
    deps.events.subscribe(({ type, namespace, hybridConnection }) => {
      if (namespace === null || hybridConnection === null) return
      if (type === 'listenerConnected') this.#change(namespace, hybridConnection, 1)
      else if (type === 'listenerDisconnected') this.#change(namespace, hybridConnection, -1)
    })
  }

  /** Every hybrid connection there is, and those that are gone but had listeners. */
  report(): UsageReport {
    const { store, live, now } = this.#deps
    const counts = countLive(liveNow(live))
    const bytes = new Map(
      [...live.bytesTransferred()].map(([name, count]) => [name.toLowerCase(), count]),
    )
    const names = new Map<string, { namespace: string; hybridConnection: string }>()
    for (const { name: namespace, hybridConnections } of store.list()) {
      for (const { name: hybridConnection } of hybridConnections) {
        names.set(keyOf(namespace, hybridConnection), { namespace, hybridConnection })
      }
    }
    for (const [key, { namespace, hybridConnection }] of this.#meters) {
      if (!names.has(key)) names.set(key, { namespace, hybridConnection })
    }
    const items = [...names].map(([key, name]): UsageRow => {
      const meter = this.#meters.get(key)
      const { listeners } = counts.of(name)
      const listenerMs = meter ? meter.listenerMs + meter.count * (now() - meter.sinceMs) : 0
      return {
        ...name,
        now: listeners,
        peak: Math.max(meter?.peak ?? 0, listeners),
        listenerHours: Math.round((listenerMs / HOUR_MS) * 10_000) / 10_000,
        bytes: bytes.get(key) ?? 0,
      }
    })
    return {
      since: new Date(this.#startedAtMs).toISOString(),
      listeners: items.reduce((sum, row) => sum + row.now, 0),
      items,
    }
  }

  #change(namespace: string, hybridConnection: string, by: 1 | -1): void {
    const key = keyOf(namespace, hybridConnection)
    const nowMs = this.#deps.now()
    const meter = this.#meters.get(key) ?? {
      namespace,
      hybridConnection,
      count: 0,
      peak: 0,
      listenerMs: 0,
      sinceMs: nowMs,
    }
    meter.listenerMs += meter.count * (nowMs - meter.sinceMs)
    meter.sinceMs = nowMs
    meter.count = Math.max(0, meter.count + by)
    meter.peak = Math.max(meter.peak, meter.count)
    this.#meters.set(key, meter)
  }
}

export type UsageDeps = {
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly live: LiveSource
  /** Unix time in ms. */
  readonly now: () => number
}

function keyOf(namespace: string, hybridConnection: string): string {
  return `${namespace}/${hybridConnection}`.toLowerCase()
}
