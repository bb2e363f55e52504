import {
  type FeedRow,
  HELLO_TIMEOUT_MS,
  type LogRow,
  MAX_INBOUND_PER_SECOND,
  MAX_ROWS_PER_MESSAGE,
  MAX_SUBSCRIPTIONS,
  MAX_WAITING_BYTES,
  PACE_MS,
  PING_INTERVAL_MS,
  type ServerMessage,
  STUCK_MS,
  type SubChange,
  type Subscribe,
} from './feed-contract.ts'
import { readClientMessage } from './feed-messages.ts'
import type { FeedState } from './feed-state.ts'

/** A browser's connection, as much of it as a session needs. */
export type FeedSocket = {
  send(text: string): void
  /** Bytes that wait to be sent. */
  readonly waitingBytes: () => number
  close(code: number, reason: string): void
}

/** A topic of numbered rows that are only ever added. */
export type LogTopic = {
  /** `of` exists for this topic; undefined for one without `of`. */
  readonly has?: (of: string) => boolean
  /** Rows above `after`, oldest first, of those that are kept. */
  since(after: number, of: string | null): readonly LogRow[]
}

export type FeedSessionDeps = {
  readonly state: FeedState
  readonly logs: ReadonlyMap<string, LogTopic>
  /** Brings the state up to date. */
  readonly refresh: () => void
  readonly epoch: string
  readonly build: string
  readonly isAllowed: (token: string | null) => boolean
  readonly now: () => number
  /** Runs `work` in a later turn of the event loop. */
  readonly later: (work: () => void) => void
}

type StateSub = {
  readonly kind: 'state'
  readonly topic: string
  seq: number
  /** What the browser was told last; null for one that resumes. */
  total: number | null
  isLoading: boolean
  /** Tells the next part of a snapshot that waits for a full socket. */
  goOn: (() => void) | null
}
type LogSub = {
  readonly kind: 'log'
  readonly log: LogTopic
  readonly of: string | null
  n: number
  /** It has been told something, be it that there is nothing. */
  isTold: boolean
}

/**
 * What one browser is told. Nothing is queued for it: each subscription has a position, and a tick tells what is newer.
 * A socket that is full is left alone, so that its next delta is newer and not longer. Source: dashboard 4.
 */
export class FeedSession {
  readonly #deps: FeedSessionDeps
  readonly #socket: FeedSocket
  readonly #subs = new Map<number, StateSub | LogSub>()
  readonly #openedAtMs: number
  #isWelcome = false
  #isClosed = false
  #paceMs: number = PACE_MS.min
  #lastTickMs = Number.NEGATIVE_INFINITY
  #lastSentMs: number
  #stuckSinceMs: number | null = null
  #inbound = { second: 0, count: 0 }

  constructor(socket: FeedSocket, deps: FeedSessionDeps) {
    this.#socket = socket
    this.#deps = deps
    this.#openedAtMs = deps.now()
    this.#lastSentMs = this.#openedAtMs
  }

  /** One message of the browser. */
  receive(text: string): void {
    if (this.#isClosed || this.#isFlooded()) return
    const message = readClientMessage(text)
    if (typeof message === 'string') return this.#error(null, 'RELAY_INPUT_INVALID', message)
    if (message.type === 'hello') {
      if (!this.#isWelcome) this.#welcome(message)
      return
    }
    if (!this.#isWelcome) return this.#close(1008, 'the first message is hello')
    switch (message.type) {
      case 'subscribe':
        return this.#subscribe(message)
      case 'unsubscribe':
        this.#subs.delete(message.sub)
        return
      case 'pace':
        this.#paceMs = message.intervalMs
    }
  }

  /** Called about every 100 ms: tells what is newer, and ends a session whose browser does not keep up. */
  tick(): void {
    if (this.#isClosed) return
    const nowMs = this.#deps.now()
    if (!this.#isWelcome) {
      if (nowMs - this.#openedAtMs >= HELLO_TIMEOUT_MS) this.#close(1008, 'no hello came')
      return
    }
    if (this.#isFull()) {
      this.#stuckSinceMs ??= nowMs
      if (nowMs - this.#stuckSinceMs >= STUCK_MS) this.#close(1013, 'the reader does not keep up')
      return
    }
    this.#stuckSinceMs = null
    if (nowMs - this.#lastTickMs < this.#paceMs) return
    this.#lastTickMs = nowMs
    this.#goOnWithSnapshots()
    this.#tellChanges()
    this.#tellLogs()
    if (nowMs - this.#lastSentMs >= PING_INTERVAL_MS) {
      this.#send({ type: 'ping', seq: this.#deps.state.seq, time: this.#time() })
    }
  }

  /** The socket has gone. */
  end(): void {
    this.#isClosed = true
    this.#subs.clear()
  }

  #welcome(hello: { token: string | null; epoch: string | null; seq: number | null }): void {
    const { state, epoch, build, isAllowed } = this.#deps
    if (!isAllowed(hello.token)) return this.#close(1008, 'the token is missing or wrong')
    this.#isWelcome = true
    this.#deps.refresh()
    const resumed = hello.epoch === epoch && hello.seq !== null && state.canResume(hello.seq)
    const { seq } = state
    this.#send({ type: 'welcome', protocol: 1, epoch, build, seq, time: this.#time(), resumed })
  }

  #subscribe({ sub, topic, from, after, of }: Subscribe): void {
    if (this.#subs.size >= MAX_SUBSCRIPTIONS && !this.#subs.has(sub)) {
      return this.#error(sub, 'RELAY_LIMIT', `at most ${MAX_SUBSCRIPTIONS} subscriptions`)
    }
    const { state, logs } = this.#deps
    const log = logs.get(topic)
    if (log) {
      if (log.has && (of === null || !log.has(of))) {
        return this.#error(sub, 'RELAY_ITEM_NOT_FOUND', `${topic} of ${of ?? 'nothing'}: not here`)
      }
      this.#subs.set(sub, { kind: 'log', log, of, n: after ?? 0, isTold: false })
      return
    }
    if (!state.has(topic)) {
      return this.#error(sub, 'RELAY_ITEM_NOT_FOUND', `there is no topic ${topic.slice(0, 50)}`)
    }
    this.#deps.refresh()
    if (from !== null && state.canResume(from)) {
      this.#subs.set(sub, {
        kind: 'state',
        topic,
        seq: from,
        total: null,
        isLoading: false,
        goOn: null,
      })
      return
    }
    const total = state.total(topic)
    const entry: StateSub = {
      kind: 'state',
      topic,
      seq: state.seq,
      total,
      isLoading: true,
      goOn: null,
    }
    this.#subs.set(sub, entry)
    this.#tellSnapshot(sub, entry)
  }

  #goOnWithSnapshots(): void {
    for (const entry of this.#subs.values()) {
      if (entry.kind !== 'state' || !entry.goOn) continue
      const { goOn } = entry
      entry.goOn = null
      goOn()
    }
  }

  /**
   * A part in each turn of the event loop, and none while the socket is full. Changes meanwhile come as a delta after
   * the last part.
   */
  #tellSnapshot(sub: number, entry: StateSub): void {
    const { rows, total } = this.#deps.state.snapshot(entry.topic)
    const parts = Math.max(1, Math.ceil(rows.length / MAX_ROWS_PER_MESSAGE))
    const tell = (part: number) => {
      if (this.#subs.get(sub) !== entry) return
      if (this.#isFull()) {
        entry.goOn = () => tell(part)
        return
      }
      const end = part * MAX_ROWS_PER_MESSAGE
      const some: readonly FeedRow[] = rows.slice(end - MAX_ROWS_PER_MESSAGE, end)
      this.#send({ type: 'snapshot', sub, seq: entry.seq, part, parts, total, rows: some })
      if (part === parts) entry.isLoading = false
      else this.#deps.later(() => tell(part + 1))
    }
    tell(1)
  }

  #tellChanges(): void {
    const { state } = this.#deps
    const changes: SubChange[] = []
    const totals: { sub: number; total: number }[] = []
    for (const [sub, entry] of this.#subs) {
      if (entry.kind !== 'state' || entry.isLoading) continue
      for (const change of state.since(entry.topic, entry.seq)) changes.push({ sub, ...change })
      entry.seq = state.seq
      const total = state.total(entry.topic)
      if (total === entry.total) continue
      entry.total = total
      totals.push({ sub, total })
    }
    if (changes.length === 0 && totals.length > 0) {
      this.#send({ type: 'delta', seq: state.seq, changes, totals })
    }
    for (let start = 0; start < changes.length; start += MAX_ROWS_PER_MESSAGE) {
      const some = changes.slice(start, start + MAX_ROWS_PER_MESSAGE)
      const isFirst = start === 0 && totals.length > 0
      this.#send({ type: 'delta', seq: state.seq, changes: some, ...(isFirst && { totals }) })
    }
  }

  #tellLogs(): void {
    for (const [sub, entry] of this.#subs) {
      if (entry.kind !== 'log') continue
      const rows = entry.log.since(entry.n, entry.of)
      if (rows.length === 0 && entry.isTold) continue
      entry.isTold = true
      entry.n = rows.at(-1)?.n ?? entry.n
      const some = rows.slice(-MAX_ROWS_PER_MESSAGE)
      this.#send({ type: 'log', sub, rows: some, skipped: rows.length - some.length })
    }
  }

  #isFull(): boolean {
    return this.#socket.waitingBytes() > MAX_WAITING_BYTES
  }

  #isFlooded(): boolean {
    const second = Math.floor(this.#deps.now() / 1_000)
    if (second !== this.#inbound.second) this.#inbound = { second, count: 0 }
    if (++this.#inbound.count <= MAX_INBOUND_PER_SECOND) return false
    this.#close(1008, 'too many messages')
    return true
  }

  #error(sub: number | null, code: string, message: string): void {
    this.#send({ type: 'error', sub, error: { code, message } })
  }

  #send(message: ServerMessage): void {
    if (this.#isClosed) return
    this.#lastSentMs = this.#deps.now()
    this.#socket.send(JSON.stringify(message))
  }

  #close(code: number, reason: string): void {
    this.end()
    this.#socket.close(code, reason)
  }

  #time(): string {
    return new Date(this.#deps.now()).toISOString()
  }
}
