import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import websocket, { type WebSocket } from '@fastify/websocket'
import { MAX_FEEDS, MAX_INBOUND_BYTES, PACE_MS } from './feed-contract.ts'
import type { FeedRow } from './feed-contract.ts'
import { FeedSession, type FeedSessionDeps, type LogTopic } from './feed-session.ts'
import { FeedState } from './feed-state.ts'

/** A topic whose rows change. `counters` are the members that change all the time. */
export type StateTopic = {
  readonly counters: readonly string[]
  /** The rows as they are now; one that has not changed is best the same object as before. */
  rows(): { readonly rows: readonly FeedRow[]; readonly total?: number }
}

export type FeedDeps = Pick<FeedSessionDeps, 'epoch' | 'build' | 'isAllowed' | 'now'> & {
  readonly state: Readonly<Record<string, StateTopic>>
  readonly logs: Readonly<Record<string, LogTopic>>
  /** Throws what an upgrade is refused with, e.g. for a foreign Origin. */
  readonly guardUpgrade: (request: FastifyRequest) => void
  /** Throws the refusal of one feed too many. */
  readonly refuseMore: (most: number) => never
}

/**
 * Serves the live feed at `path`. Rows are looked at every 100 ms while somebody reads, and never otherwise. To be
 * registered before other routes of `app`. Source: dashboard 4.
 */
export async function serveFeed(app: FastifyInstance, path: string, deps: FeedDeps): Promise<void> {
  const feed = new Feed(deps)
  // Before the plugin's own hook, which would close without a reason.
  app.addHook('preClose', (done) => {
    feed.close()
    done()
  })
  await app.register(websocket, {
    options: { maxPayload: MAX_INBOUND_BYTES, perMessageDeflate: false },
  })
  app.route({
    method: 'GET',
    url: path,
    preHandler: async (request: FastifyRequest) => {
      if (!request.ws) return
      deps.guardUpgrade(request)
      if (feed.size >= MAX_FEEDS) deps.refuseMore(MAX_FEEDS)
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
  readonly #sockets = new Set<WebSocket>()
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
    this.#sockets.add(socket)
    socket.on('message', (data, isBinary) => {
      if (isBinary) return socket.close(1003, 'messages are text')
      session.receive((data as Buffer).toString())
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      session.end()
      this.#sessions.delete(session)
      this.#sockets.delete(socket)
      if (this.#sessions.size === 0) this.#stop()
    })
    this.#timer ??= setInterval(() => this.#tick(), PACE_MS.min).unref()
  }

  close(): void {
    this.#stop()
    for (const socket of this.#sockets) socket.close(1001, 'the server is stopping')
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
      const { rows, total } = topic.rows()
      this.#state.replace(name, rows, total)
    }
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
