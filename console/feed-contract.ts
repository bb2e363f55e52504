/** Messages of a console's live feed, one JSON text each, and the numbers that bound it. Source: dashboard 4. */

/** A row of a state topic; `id` is its key there. */
export type FeedRow = { readonly id: string; readonly [member: string]: unknown }

export type ClientMessage =
  | {
      readonly type: 'hello'
      readonly token: string | null
      readonly epoch: string | null
      readonly seq: number | null
    }
  | Subscribe
  | { readonly type: 'unsubscribe'; readonly sub: number }
  | { readonly type: 'pace'; readonly intervalMs: number }

/** `from` goes on behind a known `seq` (state topics), `after` behind a known `n` (log topics); `of` narrows a log. */
export type Subscribe = {
  readonly type: 'subscribe'
  readonly sub: number
  readonly topic: string
  readonly from: number | null
  readonly after: number | null
  readonly of: string | null
}

export type ServerMessage =
  | {
      readonly type: 'welcome'
      readonly protocol: 1
      readonly epoch: string
      readonly build: string
      readonly seq: number
      readonly time: string
      readonly resumed: boolean
    }
  | {
      readonly type: 'snapshot'
      readonly sub: number
      readonly seq: number
      /** Counts from 1. */
      readonly part: number
      readonly parts: number
      readonly total: number
      readonly rows: readonly FeedRow[]
    }
  | {
      readonly type: 'delta'
      readonly seq: number
      readonly changes: readonly SubChange[]
      /** How many rows there are now, where that is another number than before. */
      readonly totals?: readonly { readonly sub: number; readonly total: number }[]
    }
  | {
      readonly type: 'log'
      readonly sub: number
      readonly rows: readonly LogRow[]
      readonly skipped: number
    }
  | {
      readonly type: 'error'
      readonly sub: number | null
      readonly error: { readonly code: string; readonly message: string }
    }
  | { readonly type: 'ping'; readonly seq: number; readonly time: string }

/** A row of a log topic; numbers grow. */
export type LogRow = { readonly n: number }

/** What became of a row: all of it, members that changed beside its `id`, or its id when it is gone. */
export type Change =
  { readonly put: FeedRow } | { readonly patch: FeedRow } | { readonly remove: string }

/** What has become of a topic: rows that came or changed, ids of those that went, and how many there are in all. */
export type TopicChanges = {
  readonly put: readonly FeedRow[]
  readonly gone: readonly string[]
  readonly total: number
}

export type SubChange = { readonly sub: number } & Change

/** Rows in one message of a snapshot, a delta or a log. */
export const MAX_ROWS_PER_MESSAGE = 500
/** Removals that are remembered, so that a browser that comes back can resume. */
export const MAX_TOMBSTONES = 20_000
/** Shortest and longest time between two deltas, ms. */
export const PACE_MS = { min: 100, max: 10_000 } as const
/** Bytes waiting in a browser's socket above which a tick is left out. */
export const MAX_WAITING_BYTES = 262_144
/** How long those may wait before the socket is closed with 1013, ms. */
export const STUCK_MS = 30_000
/** How soon `hello` must come, ms. */
export const HELLO_TIMEOUT_MS = 5_000
/** How often a feed says that it is alive, ms. */
export const PING_INTERVAL_MS = 15_000
/** Feeds that are open at the same time; the next one is refused with 429. */
export const MAX_FEEDS = 16
/** Longest message of a browser, bytes, and how many it may send in a second. */
export const MAX_INBOUND_BYTES = 4_096
export const MAX_INBOUND_PER_SECOND = 20
/** Subscriptions of one browser. */
export const MAX_SUBSCRIPTIONS = 32
