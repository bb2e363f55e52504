import { test } from 'tap'
import type { FeedRow, LogRow, ServerMessage } from './feed-contract.ts'
import { FeedSession } from './feed-session.ts'
import { FeedState } from './feed-state.ts'

test('a browser is welcomed, gets a snapshot and then what is newer', (t) => {
  const { session, state, sent, tick } = start()
  state.replace('rows', [{ id: 'a', n: 1 }])
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'rows' })
  t.match(sent, [
    { type: 'welcome', protocol: 1, epoch: 'e_1', resumed: false },
    { type: 'snapshot', sub: 1, part: 1, parts: 1, total: 1, rows: [{ id: 'a' }] },
  ])
  tick(100)
  t.equal(sent.length, 2, 'nothing new, nothing sent')
  state.replace('rows', [{ id: 'b', n: 1 }])
  tick(100)
  t.match(sent[2], {
    type: 'delta',
    changes: [
      { sub: 1, remove: 'a' },
      { sub: 1, put: { id: 'b' } },
    ],
  })
  say(session, { type: 'unsubscribe', sub: 1 })
  state.replace('rows', [])
  tick(100)
  t.equal(sent.length, 3)
  t.end()
})

test('ten changes within one pace are one', (t) => {
  const { session, state, sent, tick } = start()
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'rows' })
  say(session, { type: 'pace', intervalMs: 2_000 })
  tick(100)
  for (let n = 0; n < 10; n++) {
    state.replace('rows', [{ id: 'a', n }])
    tick(100)
  }
  t.equal(sent.length, 2, 'a hidden tab is left in peace')
  tick(2_000)
  t.match(sent[2], { changes: [{ put: { id: 'a', n: 9 } }] })
  t.equal(sent.length, 3)
  t.end()
})

test('a long snapshot comes in parts, one in each turn, and changes meanwhile come after it', (t) => {
  const { session, state, sent, later, tick } = start()
  const rows = Array.from({ length: 1_200 }, (_, index) => ({ id: String(index) }))
  state.replace('rows', rows)
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'rows' })
  t.equal(sent.length, 2)
  state.replace('rows', rows.slice(1))
  tick(100)
  t.equal(sent.length, 2)
  while (later.length > 0) later.shift()?.()
  t.match(sent.slice(1), [
    { part: 1, parts: 3, total: 1_200 },
    { part: 2, parts: 3 },
    { part: 3, parts: 3 },
  ])
  tick(100)
  t.match(sent[4], { type: 'delta', changes: [{ remove: '0' }] })
  t.end()
})

test('the same epoch and a known position resume; another epoch does not', (t) => {
  const { session, state, sent, restart, tick } = start()
  state.replace('rows', [{ id: 'a', n: 1 }])
  hello(session)
  const known = state.seq
  state.replace('rows', [{ id: 'a', n: 2 }])
  const again = restart()
  hello(again, { epoch: 'e_1', seq: known })
  say(again, { type: 'subscribe', sub: 1, topic: 'rows', from: known })
  t.match(sent.at(-1), { type: 'welcome', resumed: true })
  tick(100)
  t.match(sent.at(-1), { type: 'delta', changes: [{ put: { id: 'a', n: 2 } }] })
  hello(restart(), { epoch: 'e_0', seq: known })
  t.match(sent.at(-1), { type: 'welcome', resumed: false })
  t.end()
})

test('a full socket is left alone, then gets one newer delta; one that stays full is closed', (t) => {
  const { session, state, sent, socket, closed, tick } = start()
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'rows' })
  socket.waiting = 300_000
  for (let n = 0; n < 50; n++) {
    state.replace('rows', [{ id: 'a', n }])
    tick(100)
  }
  t.equal(sent.length, 2)
  socket.waiting = 0
  tick(100)
  t.match(sent.slice(2), [{ type: 'delta', changes: [{ put: { n: 49 } }] }])
  socket.waiting = 300_000
  tick(100)
  tick(29_900)
  t.strictSame(closed, [])
  tick(200)
  t.match(closed, [{ code: 1013 }])
  t.end()
})

test('a snapshot waits for a full socket', (t) => {
  const { session, state, socket, sent, later, tick } = start()
  state.replace(
    'rows',
    Array.from({ length: 1_200 }, (_, index) => ({ id: String(index) })),
  )
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'rows' })
  socket.waiting = 300_000
  while (later.length > 0) later.shift()?.()
  t.equal(sent.length, 2, 'one part was told before')
  tick(100)
  socket.waiting = 0
  tick(100)
  while (later.length > 0) later.shift()?.()
  t.match(sent.slice(2), [
    { type: 'snapshot', part: 2 },
    { type: 'snapshot', part: 3 },
  ])
  t.end()
})

test('a browser is told how many rows there are when that has changed', (t) => {
  const { session, state, sent, tick } = start()
  state.replace('rows', [{ id: 'a' }], 5)
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'rows' })
  state.replace('rows', [{ id: 'a' }], 7)
  tick(100)
  t.match(sent[2], { type: 'delta', changes: [], totals: [{ sub: 1, total: 7 }] })
  tick(100)
  t.equal(sent.length, 3)
  t.end()
})

test('a log goes on behind what is known, and says how much it left out', (t) => {
  const { session, log, sent, tick } = start()
  log.push(...numbered(1, 3))
  hello(session)
  say(session, { type: 'subscribe', sub: 2, topic: 'log', after: 2 })
  tick(100)
  t.match(sent[1], { type: 'log', sub: 2, rows: [{ n: 3 }], skipped: 0 })
  log.push(...numbered(4, 1_203))
  tick(100)
  t.match(sent[2], { type: 'log', skipped: 700, rows: { 0: { n: 704 }, 499: { n: 1_203 } } })
  t.end()
})

test('a log in which nothing stands yet is told once', (t) => {
  const { session, sent, tick } = start()
  hello(session)
  say(session, { type: 'subscribe', sub: 2, topic: 'log' })
  tick(100)
  tick(100)
  t.match(sent.slice(1), [{ type: 'log', sub: 2, rows: [], skipped: 0 }])
  t.end()
})

test('what cannot be subscribed is an error of that subscription alone', (t) => {
  const { session, sent, closed } = start()
  hello(session)
  say(session, { type: 'subscribe', sub: 1, topic: 'nothing' })
  say(session, { type: 'subscribe', sub: 2, topic: 'frames', of: 'c_9' })
  say(session, { type: 'pace', intervalMs: 1 })
  session.receive('{')
  for (let sub = 10; sub < 16; sub++) say(session, { type: 'subscribe', sub, topic: 'rows' })
  t.match(sent.slice(1, 5), [
    { type: 'error', sub: 1, error: { code: 'RELAY_ITEM_NOT_FOUND' } },
    { type: 'error', sub: 2, error: { code: 'RELAY_ITEM_NOT_FOUND' } },
    { type: 'error', sub: null, error: { code: 'RELAY_INPUT_INVALID' } },
    { type: 'error', sub: null, error: { code: 'RELAY_INPUT_INVALID' } },
  ])
  t.strictSame(closed, [])
  t.end()
})

test('no hello, a wrong token, another first message and a flood end with 1008', (t) => {
  const silent = start()
  silent.tick(5_000)
  t.match(silent.closed, [{ code: 1008 }])
  const stranger = start({ token: 'secret' })
  hello(stranger.session, { token: 'wrong' })
  t.match(stranger.closed, [{ code: 1008 }])
  t.strictSame(stranger.sent, [])
  const friend = start({ token: 'secret' })
  hello(friend.session, { token: 'secret' })
  t.match(friend.sent, [{ type: 'welcome' }])
  const hasty = start()
  say(hasty.session, { type: 'subscribe', sub: 1, topic: 'rows' })
  t.match(hasty.closed, [{ code: 1008 }])
  const flood = start()
  for (let n = 0; n < 21; n++) hello(flood.session)
  t.match(flood.closed, [{ code: 1008 }])
  t.end()
})

test('a feed without news says every 15 s that it lives', (t) => {
  const { session, sent, tick } = start()
  hello(session)
  tick(14_900)
  t.equal(sent.length, 1)
  tick(200)
  t.match(sent[1], { type: 'ping', seq: 0, time: '2030-01-01T00:00:15.100Z' })
  t.end()
})

function start({ token = null as string | null } = {}) {
  const state = new FeedState({ rows: [] })
  const log: LogRow[] = []
  const sent: ServerMessage[] = []
  const closed: { code: number; reason: string }[] = []
  const later: (() => void)[] = []
  const socket = {
    waiting: 0,
    send: (text: string) => void sent.push(JSON.parse(text) as ServerMessage),
    waitingBytes: () => socket.waiting,
    close: (code: number, reason: string) => void closed.push({ code, reason }),
  }
  let nowMs = Date.UTC(2030, 0, 1)
  const newer = (after: number) => log.filter(({ n }) => n > after)
  const open = () =>
    new FeedSession(socket, {
      state,
      logs: new Map([
        ['log', { since: newer }],
        ['frames', { has: (of: string) => of === 'c_1', since: newer }],
      ]),
      refresh: () => undefined,
      epoch: 'e_1',
      build: 'b1',
      isAllowed: (given) => given === token,
      now: () => nowMs,
      later: (work) => void later.push(work),
    })
  let session = open()
  const first = session
  return {
    session: first,
    state,
    log,
    sent,
    closed,
    socket,
    later,
    restart: () => (session = open()),
    tick(ms: number) {
      nowMs += ms
      session.tick()
    },
  }
}

function hello(session: FeedSession, members: object = {}): void {
  say(session, { type: 'hello', token: null, epoch: null, seq: null, ...members })
}

function say(session: FeedSession, message: object): void {
  session.receive(JSON.stringify(message))
}

function numbered(first: number, last: number): FeedRow[] & LogRow[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    id: '',
    n: first + index,
  }))
}
