import { test } from 'tap'
import type { ClientMessage, FeedRow } from '../feed-contract.ts'
import { FeedClient, type FeedEvents, type FeedStatus } from './feed-client.ts'
import { FeedStore } from './feed-store.ts'

/** The other end of the feed. */
class Server {
  readonly said: ClientMessage[] = []
  isClosedByPage = false
  #events: FeedEvents | undefined

  accept(events: FeedEvents) {
    this.#events = events
    return {
      send: (text: string) => void this.said.push(JSON.parse(text) as ClientMessage),
      close: () => {
        this.isClosedByPage = true
      },
    }
  }

  welcome(members: object = {}): void {
    this.#events?.open()
    const welcome = { type: 'welcome', protocol: 1, epoch: 'e_1', build: 'b1', seq: 0, time: '' }
    this.say({ ...welcome, resumed: false, ...members })
  }

  snapshot(sub: number, part: number, parts: number, rows: readonly FeedRow[], seq = 2): void {
    this.say({ type: 'snapshot', sub, seq, part, parts, total: 2, rows })
  }

  say(message: object): void {
    this.#events?.message(JSON.stringify(message))
  }

  close(code: number): void {
    this.#events?.closed(code)
  }
}

test('a page sees the rows of a topic as they are on the server', (t) => {
  const { page, server, client } = start()
  const sub = client.subscribe('rows')
  server.welcome()
  t.match(server.said, [
    { type: 'hello', epoch: null, seq: null },
    { type: 'subscribe', sub, topic: 'rows', from: null },
  ])
  server.snapshot(sub, 1, 2, [{ id: 'a', n: 1, bytes: 0 }])
  t.notOk(page.view(sub).isLoaded, 'half a snapshot is not shown')
  server.snapshot(sub, 2, 2, [{ id: 'b', n: 1 }])
  t.match(page.view(sub), { isLoaded: true, total: 2 })
  server.say({
    type: 'delta',
    seq: 3,
    changes: [
      { sub, remove: 'b' },
      { sub, patch: { id: 'a', bytes: 5 } },
      { sub, put: { id: 'c' } },
    ],
  })
  t.strictSame(page.view(sub).rows, [{ id: 'a', n: 1, bytes: 5 }, { id: 'c' }])
  t.end()
})

test('after a lost connection it comes back with growing delays and resumes where it was', (t) => {
  const { server, client, timers, status } = start()
  const sub = client.subscribe('rows')
  server.welcome()
  server.snapshot(sub, 1, 1, [], 7)
  const delays = [250, 500, 1_000, 2_000, 2_000].map((delayMs) => {
    server.close(1006)
    t.match(status.value, { phase: 'lost', lostAtMs: 1_000 })
    return timers.fire() === delayMs
  })
  t.strictSame(delays, [true, true, true, true, true])
  server.said.length = 0
  server.welcome({ resumed: true })
  t.match(status.value, { phase: 'live', lostAtMs: null, restartedAtMs: null })
  t.match(server.said, [
    { type: 'hello', epoch: 'e_1', seq: 7 },
    { type: 'subscribe', sub, from: 7 },
  ])
  t.end()
})

test('another epoch is a restart: what was shown is forgotten, and the page is told', (t) => {
  const { page, server, client, timers, status } = start()
  const sub = client.subscribe('rows')
  server.welcome()
  server.snapshot(sub, 1, 1, [{ id: 'a' }])
  server.close(1001)
  timers.fire()
  server.welcome({ epoch: 'e_2', build: 'b2' })
  t.match(status.value, { phase: 'live', restartedAtMs: 1_000, isNewBuild: true })
  t.match(page.view(sub), { isLoaded: false, rows: [] })
  t.match(server.said.at(-1), { type: 'subscribe', from: null })
  t.end()
})

test('a log goes on behind its last row after a reconnect', (t) => {
  const { page, server, client, timers } = start()
  const sub = client.subscribe('events')
  server.welcome()
  server.say({ type: 'log', sub, rows: [{ n: 4 }, { n: 5 }], skipped: 3 })
  t.match(page.view(sub), { skipped: 3, rows: [{ id: '4' }, { id: '5' }] })
  server.close(1006)
  timers.fire()
  server.welcome({ resumed: true })
  t.match(server.said.at(-1), { type: 'subscribe', topic: 'events', after: 5 })
  t.end()
})

test('a wrong token is told and not tried again; silence for 20 s counts as lost', (t) => {
  const refused = start()
  refused.server.close(1008)
  t.match(refused.status.value, { phase: 'refused' })
  t.equal(refused.timers.count(), 0)
  const silent = start()
  silent.server.welcome()
  t.equal(silent.timers.fire(), 20_000)
  t.ok(silent.server.isClosedByPage)
  t.end()
})

function start() {
  const status: { value: FeedStatus | undefined } = { value: undefined }
  const page = new FeedStore(() => undefined)
  const pending = new Map<() => void, number>()
  const timers = {
    count: () => pending.size,
    /** Runs the timer that was set last, and tells how long it would have taken. */
    fire(): number | undefined {
      const [work, ms] = [...pending].at(-1) ?? []
      if (work) pending.delete(work)
      work?.()
      return ms
    },
  }
  const server = new Server()
  const client = new FeedClient({
    store: page,
    connect: (events) => server.accept(events),
    token: () => null,
    onStatus: (next) => {
      status.value = next
    },
    now: () => 1_000,
    after(ms, work) {
      pending.set(work, ms)
      return () => void pending.delete(work)
    },
  })
  client.start()
  return { page, server, client, timers, status }
}
