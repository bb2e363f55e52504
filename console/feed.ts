import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import websocket, { type WebSocket } from '@fastify/websocket'
import { MAX_FEEDS, MAX_INBOUND_BYTES, PACE_MS } from './feed-contract.ts'
import type { FeedRow, TopicChanges } from './feed-contract.ts'
import { FeedSession, type FeedSessionDeps, type LogTopic } from './feed-session.ts'
import { FeedState } from './feed-state.ts'

/** A topic whose rows change. `counters` are the members that change all the time. */
export type StateTopic = {
  readonly counters: readonly string[]
  /** The rows as they are now; one that has not changed is best the same object as before. */
  rows(): { readonly rows: readonly FeedRow[]; readonly total?: number }
  /** What has become of them since this was asked last, where that is known for less; null: {@link rows} has to be asked. */
  changes?(): TopicChanges | null
}

export type FeedDeps = Pick<FeedSessionDeps, 'epoch' | 'build' | 'isAllowed' | 'now'> & {
  readonly state: Readonly<Record<string, StateTopic>>
  readonly logs: Readonly<Record<string, LogTopic>>
  /** What an API document says of the route. */
  readonly schema?: FastifySchema
  /** Throws the refusal of one feed too many. */
  readonly refuseMore: (most: number) => never
}

/**
 * Makes `app` able to answer upgrades. To be called before hooks are added: what a hook refuses earlier would leave its
 * socket open.
 */
export async function takeUpgrades(app: FastifyInstance): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: MAX_INBOUND_BYTES, perMessageDeflate: false },
    preClose(done) {
      for (const socket of app.websocketServer.clients) socket.close(1001, 'the server is stopping')
      app.websocketServer.close(() => done())
    },
  })
}

/**
 * Serves the live feed at `path` of an app that {@link takeUpgrades}, behind its hooks: they guard it. Rows are looked
 * at every 100 ms while somebody reads, and never otherwise. Source: dashboard 4.
 */
export function serveFeed(app: FastifyInstance, path: string, deps: FeedDeps): void {
  const feed = new Feed(deps)
  app.route({
    method: 'GET',
    url: path,
    schema: deps.schema ?? {},
    preHandler: async (request: FastifyRequest) => {
      if (request.ws && feed.size >= MAX_FEEDS) deps.refuseMore(MAX_FEEDS)
    },
    handler: (_request: FastifyRequest, reply: FastifyReply) =>
      reply.code(426).header('upgrade', 'websocket').send(),
    wsHandler: (socket) => feed.join(socket),
  })
}

class Feed {
  readonly #deps: FeedDeps
  readonly #state: FeedState
  readonly #sessions = new Set<FeedSession>()
  readonly #sessionDeps: FeedSessionDeps
  #timer: NodeJS.Timeout | undefined
  #refreshedAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: FeedDeps) {
    this.#deps = deps
    const topics = Object.entries(deps.state)
    this.#state = new FeedState(
      Object.fromEntries(topics.map(([name, { counters }]) => [name, counters])),
    )
    const { epoch, build, isAllowed, now } = deps
    this.#sessionDeps = {
      epoch,
      build,
      isAllowed,
      now,
      state: this.#state,
      logs: new Map(Object.entries(deps.logs)),
      refresh: () => this.#refresh(),
      later: (work) => void setImmediate(work),
    }
  }

  get size(): number {
    return this.#sessions.size
  }

  join(socket: WebSocket): void {
    const session = new FeedSession(
      {
        send: (text) => socket.send(text),
        waitingBytes: () => socket.bufferedAmount,
        close: (code, reason) => socket.close(code, reason),
      },
      this.#sessionDeps,
    )
    this.#sessions.add(session)
    socket.on('message', (data, isBinary) => {
      if (isBinary) return socket.close(1003, 'messages are text')
      session.receive((data as Buffer).toString())
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      session.end()
      this.#sessions.delete(session)
      if (this.#sessions.size === 0) this.#stop()
    })
    this.#timer ??= setInterval(() => this.#tick(), PACE_MS.min).unref()
  }

  #tick(): void {
    this.#refresh()
    for (const session of this.#sessions) session.tick()
  }

  #refresh(): void {
    const nowMs = this.#deps.now()
    if (nowMs - this.#refreshedAtMs < PACE_MS.min / 2) return
    this.#refreshedAtMs = nowMs
    for (const [name, topic] of Object.entries(this.#deps.state)) {
      const changes = topic.changes?.()
      if (changes) {
        this.#state.change(name, changes)
        continue
      }
      const { rows, total } = topic.rows()
      this.#state.replace(name, rows, total)
    }
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
