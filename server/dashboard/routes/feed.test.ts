import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Test, test } from 'tap'
import { WebSocket } from 'ws'
import {
  type AdminFixture,
  connectionRow,
  listenerRow,
  startAdmin,
} from '../testing/admin-fixture.ts'

test('every topic of the dashboard has a snapshot that equals the API', async (t) => {
  const fixture = await startAdmin(t)
  fixture.live.listenerRows = [listenerRow()]
  fixture.live.connectionRows = [connectionRow()]
  const feed = await openFeed(t, fixture)
  const { call } = fixture
  t.strictSame(await feed.snapshot('listeners'), (await call('GET', '/listeners')).body['items'])
  t.strictSame(
    await feed.snapshot('connections'),
    (await call('GET', '/connections')).body['items'],
  )
  t.strictSame(await feed.snapshot('findings'), (await call('GET', '/findings')).body['items'])
  const [overview] = (await feed.snapshot('overview')) as [object]
  t.strictSame(overview, { id: 'overview', ...((await call('GET', '/overview')).body as object) })
  t.match(await feed.snapshot('entities'), [
    { id: 'ns:contoso', kind: 'namespace', hybridConnections: 1 },
    { id: 'rule:contoso/RootManageSharedAccessKey', kind: 'rule', hybridConnection: null },
    { id: 'hc:contoso/sql', kind: 'hybridConnection', status: 'Connected' },
    { id: 'rule:contoso/sql/defaultListener', kind: 'rule', liveListeners: 1 },
  ])
})

test('events come as they happen, behind the last one known', async (t) => {
  const fixture = await startAdmin(t)
  fixture.events.emit({ type: 'accepted', message: 'one' })
  const feed = await openFeed(t, fixture)
  feed.say({ type: 'subscribe', sub: 1, topic: 'events', after: 1 })
  fixture.events.emit({ type: 'accepted', message: 'two' })
  t.match(await feed.next(), { type: 'log', sub: 1, rows: [{ n: 2, message: 'two' }], skipped: 0 })
})

test('with an admin token the feed takes it in its first message alone', async (t) => {
  const fixture = await startAdmin(t, { guard: { token: 's3cret', allowedHosts: [] } })
  const stranger = await connect(t, fixture)
  const closed = once(stranger, 'close')
  stranger.send(JSON.stringify({ type: 'hello', token: 'wrong', epoch: null, seq: null }))
  t.equal((await closed)[0], 1008)
  t.ok(await openFeed(t, fixture, 's3cret'))
})

test('a page of another origin gets no feed', async (t) => {
  const fixture = await startAdmin(t)
  const address = await listen(fixture)
  const socket = new WebSocket(`ws://${address}/api/v1/feed`, {
    headers: { origin: 'http://127.0.0.1:1' },
  })
  t.teardown(() => socket.terminate())
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ]
  t.equal(response.statusCode, 403)
})

async function listen({ app }: AdminFixture): Promise<string> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  return `127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

async function connect(t: Test, fixture: AdminFixture): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${await listen(fixture)}/api/v1/feed`)
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

async function openFeed(t: Test, fixture: AdminFixture, token: string | null = null) {
  const socket = await connect(t, fixture)
  const say = (message: object) => socket.send(JSON.stringify(message))
  const next = async (): Promise<Record<string, unknown>> => {
    const [data] = (await once(socket, 'message')) as [Buffer]
    return JSON.parse(data.toString()) as Record<string, unknown>
  }
  say({ type: 'hello', token, epoch: null, seq: null })
  t.match(await next(), { type: 'welcome', epoch: 'e_1', build: '1.2.3' })
  let sub = 100
  return {
    say,
    next,
    async snapshot(topic: string): Promise<unknown> {
      say({ type: 'subscribe', sub: ++sub, topic })
      for (;;) {
        const message = await next()
        if (message['type'] === 'snapshot' && message['sub'] === sub) return message['rows']
      }
    },
  }
}
