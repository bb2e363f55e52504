import type { ClientMessage, ServerMessage } from '../feed-contract.ts'
import { FeedStore } from './feed-store.ts'

/** What the client needs of a WebSocket, so that tests bring their own. */
export type FeedConnection = {
  send(text: string): void
  close(): void
}
export type FeedEvents = {
  open(): void
  message(text: string): void
  /** `code` is that of the Close frame. */
  closed(code: number): void
}
export type Connect = (events: FeedEvents) => FeedConnection

/** How the feed is doing. `restarted` and `new-build` stay until the page is told otherwise. */
export type FeedStatus = {
  readonly phase: 'connecting' | 'live' | 'lost' | 'refused'
  /** Since when it is lost, ms since the epoch. */
  readonly lostAtMs: number | null
  /** When the server was seen to have been restarted, ms since the epoch. */
  readonly restartedAtMs: number | null
  readonly isNewBuild: boolean
}

export type FeedClientDeps = {
  readonly connect: Connect
  readonly store: FeedStore
  readonly token: () => string | null
  readonly onStatus: (status: FeedStatus) => void
  readonly now: () => number
  /** Calls `work` after `ms`; the function it gives takes that back. */
  readonly after: (ms: number, work: () => void) => () => void
}

/** Waits between attempts, ms, the last one for all that follow. Source: dashboard 4. */
const DELAYS_MS = [250, 500, 1_000, 2_000] as const
/** No message for so long counts as lost, ms. */
const SILENCE_MS = 20_000
/** Close code of a wrong token. */
const POLICY = 1008

/** Keeps a {@link FeedStore} as the server's rows are: connects, resumes, and starts anew after a restart. */
export class FeedClient {
  readonly #deps: FeedClientDeps
  #connection: FeedConnection | undefined
  #status: FeedStatus = {
    phase: 'connecting',
    lostAtMs: null,
    restartedAtMs: null,
    isNewBuild: false,
  }
  #attempt = 0
  #epoch: string | null = null
  #build: string | null = null
  #seq: number | null = null
  #cancelSilence: () => void = () => undefined
  #cancelRetry: () => void = () => undefined
  #isClosed = false

  constructor(deps: FeedClientDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#isClosed = false
    this.#cancelRetry()
    let isCurrent = true
    const connection = this.#deps.connect({
      open: () => {
        if (isCurrent) this.#hello()
      },
      message: (text) => {
        if (isCurrent) this.#take(JSON.parse(text) as ServerMessage)
      },
      closed: (code) => {
        if (!isCurrent) return
        isCurrent = false
        this.#lost(code)
      },
    })
    this.#connection = connection
    this.#watch()
  }

  /** Ends it; {@link start} begins again. */
  close(): void {
    this.#isClosed = true
    this.#cancelSilence()
    this.#cancelRetry()
    this.#connection?.close()
  }

  subscribe(topic: string, of: string | null = null): number {
    const sub = this.#deps.store.subscribe(topic, of)
    if (this.#status.phase === 'live') this.#subscribe(sub, null)
    return sub
  }

  unsubscribe(sub: number): void {
    this.#deps.store.unsubscribe(sub)
    if (this.#status.phase === 'live') this.#say({ type: 'unsubscribe', sub })
  }

  /** How often deltas may come, ms. */
  pace(intervalMs: number): void {
    if (this.#status.phase === 'live') this.#say({ type: 'pace', intervalMs })
  }

  #hello(): void {
    const { token } = this.#deps
    this.#say({ type: 'hello', token: token(), epoch: this.#epoch, seq: this.#seq })
  }

  #take(message: ServerMessage): void {
    this.#watch()
    switch (message.type) {
      case 'welcome':
        return this.#welcome(message)
      case 'snapshot':
      case 'delta':
        this.#seq = message.seq
        return this.#deps.store.take(message)
      case 'log':
      case 'error':
        return this.#deps.store.take(message)
      case 'ping':
        this.#seq = message.seq
    }
  }

  #welcome({ epoch, build, resumed }: ServerMessage & { type: 'welcome' }): void {
    const isRestart = this.#epoch !== null && this.#epoch !== epoch
    const isNewBuild = this.#build !== null && this.#build !== build
    const from = resumed ? this.#seq : null
    this.#epoch = epoch
    this.#build ??= build
    this.#attempt = 0
    if (isRestart) this.#deps.store.forget()
    this.#tell({
      phase: 'live',
      lostAtMs: null,
      restartedAtMs: isRestart ? this.#deps.now() : this.#status.restartedAtMs,
      isNewBuild: isNewBuild || this.#status.isNewBuild,
    })
    for (const sub of this.#deps.store.subscriptions()) this.#subscribe(sub, from)
  }

  #subscribe(sub: number, from: number | null): void {
    const { topic, of, after } = this.#deps.store.subscription(sub)
    this.#say({ type: 'subscribe', sub, topic, from, after, of })
  }

  #lost(code: number): void {
    this.#connection = undefined
    this.#cancelSilence()
    if (this.#isClosed) return
    const isRefused = code === POLICY && this.#status.phase !== 'live'
    this.#tell({
      ...this.#status,
      phase: isRefused ? 'refused' : 'lost',
      lostAtMs: this.#status.lostAtMs ?? this.#deps.now(),
    })
    if (isRefused) return
    const delayMs = DELAYS_MS[Math.min(this.#attempt++, DELAYS_MS.length - 1)] ?? 2_000
    this.#cancelRetry = this.#deps.after(delayMs, () => this.start())
  }

  #watch(): void {
    this.#cancelSilence()
    const connection = this.#connection
    this.#cancelSilence = this.#deps.after(SILENCE_MS, () => connection?.close())
  }

  #say(message: ClientMessage): void {
    this.#connection?.send(JSON.stringify(message))
  }

  #tell(status: FeedStatus): void {
    this.#status = status
    this.#deps.onStatus(status)
  }
}
