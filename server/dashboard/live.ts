import type {
  CloseMeans,
  ConnectionRow,
  DropMeans,
  ExchangeRow,
  ListenerRow,
  PickRow,
} from './contract.ts'

/** A namespace, or one of its hybrid connections. Names are compared without case. */
export type Place = {
  readonly namespace: string
  readonly hybridConnection?: string | undefined
}

/** Senders that are joined with a listener right now. */
export interface OpenTunnels {
  readonly count: number
  /** Their senders' labels, each once. */
  readonly senders: Iterable<string>
  at(place: Place): { readonly open: number; readonly bytesPerSecond: number }
  /** How many of them have a sender of this label, without case. */
  from(place: Place, label: string): number
}

/** Rows that came or changed, ids of those that went, and how many there are in all. */
export type ConnectionChanges = {
  readonly put: readonly ConnectionRow[]
  readonly gone: readonly string[]
  readonly total: number
}

/** What the dashboard asks of the running relay; the relay knows nothing of the dashboard. */
export interface LiveSource {
  /** Live ones first, then those that ended in the last 10 minutes. */
  listeners(): readonly ListenerRow[]
  /**
   * Live ones first, newest first, then the last 1,000 ended; bytes, frames and rates of live ones are those of the last
   * full second. A row that has not changed is the same object as before, when somebody asked not long ago.
   */
  connections(): readonly ConnectionRow[]
  /** Those that have ended, the latest first. */
  endedConnections(): readonly ConnectionRow[]
  /**
   * What became of the first `most` connections since the live feed, which alone asks this, asked last; null when it has
   * to look at all of them.
   */
  takeConnectionChanges(most: number): ConnectionChanges | null
  openTunnels(): OpenTunnels
  /** Requests under way, newest first, then the last 1,000 ended. */
  exchanges(): readonly ExchangeRow[]
  /** The last 100 choices among the listeners of a listener's hybrid connection, the latest first. */
  picks(listener: Pick<ListenerRow, 'namespace' | 'hybridConnection'>): readonly PickRow[]
  /** False when no live one has this id. */
  dropListener(id: string, means: DropMeans): boolean
  /** False when no live one has this id. */
  closeConnection(id: string, means: CloseMeans): boolean
  /** Payload bytes relayed since start, per hybrid connection (`namespace/name`), open connections included. */
  bytesTransferred(): ReadonlyMap<string, number>
  /** The same over all hybrid connections, each way. */
  bytesByDirection(): { toListener: number; toSender: number }
}
