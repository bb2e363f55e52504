import { type ClientRequest, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'tap'
import type { EventFeed } from '../../events.ts'
import { type AdminFixture, startAdmin } from '../testing/admin-fixture.ts'

function emit(events: EventFeed, ...messages: string[]): void {
  for (const message of messages) events.emit({ type: 'entityChanged', message })
}

/** Watches who waits on the feed: `arrived` is settled by the first one, `left` when nobody waits any more. */
function watchWaiters(events: EventFeed) {
  const subscribe = events.subscribe.bind(events)
  const watch = { count: 0, arrived: Promise.resolve(), left: Promise.resolve() }
  watch.left = new Promise((left) => {
    watch.arrived = new Promise((arrived) => {
      events.subscribe = (listener) => {
        const unsubscribe = subscribe(listener)
        watch.count++
        arrived()
        return () => {
          unsubscribe()
          if (--watch.count === 0) left()
        }
      }
    })
  })
  return watch
}

test('events come oldest first, after the last one known', async (t) => {
  const { call, events } = await startAdmin(t)
  emit(events, 'one', 'two', 'three')
  t.match((await call('GET', '/events')).body, { items: [{ n: 1 }, { n: 2 }, { n: 3 }], total: 3 })
  t.same((await call('GET', '/events?after=2')).body['items'], events.since(2))
  t.match((await call('GET', '/events?after=1&limit=1')).body, { items: [{ n: 2 }], total: 2 })
  t.match((await call('GET', '/events?q=message:three')).body, { items: [{ n: 3 }], total: 1 })
  t.equal((await call('GET', '/events?after=-1')).status, 400)
  t.equal((await call('GET', '/events?wait=31')).status, 400)
})

test('an event number of an earlier run reads as the beginning', async (t) => {
  const { call, events } = await startAdmin(t)
  emit(events, 'one')
  t.match((await call('GET', '/events?after=812')).body, { total: 1 })
})

test('JSON Lines are the same rows, one a line', async (t) => {
  const { app, events } = await startAdmin(t)
  emit(events, 'one', 'two')
  const answer = await app.inject({
    url: '/api/v1/events?format=jsonl',
    headers: { host: 'localhost' },
  })
  t.match(answer.headers['content-type'], 'application/x-ndjson')
  t.match(answer.headers['content-disposition'], 'attachment')
  const lines = answer.body.split('\n')
  t.equal(lines.pop(), '')
  t.same(
    lines.map((line) => JSON.parse(line)),
    events.since(0),
  )
})

test('whoever waits is answered by the next event', async (t) => {
  const { call, events } = await startAdmin(t)
  emit(events, 'known')
  const waiters = watchWaiters(events)
  const answer = call('GET', '/events?after=1&wait=30')
  await waiters.arrived
  emit(events, 'news')
  t.match((await answer).body, { items: [{ n: 2, message: 'news' }], total: 1 })
  t.equal(waiters.count, 0)
})

test('whoever waits with a filter is answered by the next event that passes', async (t) => {
  const { call, events } = await startAdmin(t)
  const waiters = watchWaiters(events)
  const answer = call('GET', '/events?wait=30&q=message:right')
  await waiters.arrived
  emit(events, 'wrong')
  t.equal(waiters.count, 1)
  emit(events, 'right')
  t.match((await answer).body, { items: [{ n: 2 }], total: 1 })
})

test('whoever waits for what is there already does not wait', async (t) => {
  const { call, events } = await startAdmin(t)
  emit(events, 'one')
  const waiters = watchWaiters(events)
  t.match((await call('GET', '/events?wait=30')).body, { total: 1 })
  t.equal(waiters.count, 0)
})

test('waiting ends with an empty list when time is up', async (t) => {
  const { call, events } = await startAdmin(t)
  // What the first request loads comes from a disk, which this clock does not move.
  await call('GET', '/events')
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  const waiters = watchWaiters(events)
  const answer = call('GET', '/events?wait=30')
  for (let turn = 0; turn < 1_000 && waiters.count === 0; turn++) {
    t.clock.advance(1)
    await Promise.resolve()
  }
  t.clock.advance(30_000)
  t.match((await answer).body, { items: [], total: 0 })
  t.equal(waiters.count, 0)
})

async function listening({ app }: AdminFixture): Promise<() => ClientRequest> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const ask = () => request({ port, host: '127.0.0.1', path: '/api/v1/events?wait=30' })
  return () =>
    ask()
      .on('error', () => {})
      .end()
}

test('an asker that leaves is forgotten', async (t) => {
  const admin = await startAdmin(t)
  const waiters = watchWaiters(admin.events)
  const asker = (await listening(admin))()
  await waiters.arrived
  asker.destroy()
  await waiters.left
  t.equal(waiters.count, 0)
})

test('closing the port leaves nobody waiting', async (t) => {
  const admin = await startAdmin(t)
  const waiters = watchWaiters(admin.events)
  const ask = await listening(admin)
  ask()
  await waiters.arrived
  await admin.app.close()
  t.equal(waiters.count, 0)
})
